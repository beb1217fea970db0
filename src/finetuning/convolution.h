// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "device/torch.h"
#include "weights/weights.h"

namespace soundfold::finetuning {

/// One convolution of the network, trainable: kernel and beta are parameters, the statistics of its batch norm stay as
/// they were imported (frozen) unless learn_statistics() says otherwise. With s = 1 / sqrt(variance + 1e-4) the block
/// is
///   y = act(conv(x, kernel * s) + beta - mean * s),
/// which is convolution, batch norm (no gamma) and activation in one. Names: kernel, beta; buffers mean, variance.
class ConvolutionImpl : public torch::nn::Module {
 public:
  /// Throws UsageError when the layer's values do not fit its shape.
  ConvolutionImpl(const weights::ConvLayer& layer, weights::Activation activation);

  /// x [P, in, H, W] -> [P, out, H / stride, W / stride], sides rounded down. Stride 2 pads one zero after the end, as
  /// TensorFlow's SAME does for even sides.
  torch::Tensor forward(const torch::Tensor& x);

  /// From now on, while in training mode, the batch norm takes each batch's own statistics and moves mean and variance
  /// towards them by `momentum` (above 0): variance += momentum * (that of the batch, unbiased, - variance).
  void learn_statistics(double momentum) { momentum_ = momentum; }

  /// Kernel and bias with the batch norm folded in, as above. With gradients unless they are switched off.
  torch::Tensor folded_kernel() const;
  torch::Tensor folded_bias() const;
  /// The same block for a kernel and bias that were folded before.
  torch::Tensor forward_folded(const torch::Tensor& x, const torch::Tensor& kernel, const torch::Tensor& bias) const;

  torch::Tensor kernel;          ///< [out, in, 3, 3], depthwise [C, 1, 3, 3], pointwise [out, in, 1, 1]
  torch::Tensor beta;            ///< [out]
  torch::Tensor mean, variance;  ///< [out]

 private:
  torch::Tensor convolve(const torch::Tensor& x, const torch::Tensor& with, const torch::Tensor& bias) const;
  torch::Tensor activate(const torch::Tensor& y) const;

  std::int64_t stride_, padding_, groups_;
  bool relu6_;
  double momentum_ = 0;  ///< 0: statistics are frozen
};
TORCH_MODULE(Convolution);

}  // namespace soundfold::finetuning

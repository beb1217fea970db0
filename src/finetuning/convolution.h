// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "device/torch.h"
#include "network/batch_norm.h"
#include "network/description.h"
#include "ranks/group.h"
#include "weights/weights.h"

namespace soundfold::finetuning {

/// One convolution of the network, trainable: kernel and beta are parameters, the statistics of its batch norm stay as
/// they were imported (frozen) unless learn_statistics() says otherwise. With s = 1 / sqrt(variance + epsilon) the
/// block is
///   y = act(conv(x, kernel * s) + beta - mean * s),
/// which is convolution, batch norm (no gamma) and activation in one. Names: kernel, beta; buffers mean, variance.
class ConvolutionImpl : public torch::nn::Module {
 public:
  /// Throws UsageError when the layer's values do not fit its shape.
  /// Epsilon and activation are those of `network`.
  ConvolutionImpl(const network::Description& network, const network::Layer& layer, const network::LayerValues& values);

  /// x [P, in, H, W] -> [P, out, H / stride, W / stride], sides rounded down, padded as network::Layer says.
  torch::Tensor forward(const torch::Tensor& x);

  /// From now on, while in training mode, the batch norm takes each batch's own statistics and moves mean and variance
  /// towards them by `momentum` (above 0): variance += momentum * (that of the batch, unbiased, - variance).
  /// With a group the batch is that of all its ranks, each of which has a part of it.
  void learn_statistics(double momentum, ranks::Group* group = nullptr) {
    momentum_ = momentum;
    group_ = group;
  }

  /// Kernel and bias with the batch norm folded in, as above. With gradients unless they are switched off.
  torch::Tensor folded_kernel() const;
  torch::Tensor folded_bias() const;
  /// The same block for a kernel and bias that were folded before.
  torch::Tensor forward_folded(const torch::Tensor& x, const torch::Tensor& kernel, const torch::Tensor& bias) const;

  torch::Tensor kernel;          ///< network::Layer::kernel_shape()
  torch::Tensor beta;            ///< [out]
  torch::Tensor mean, variance;  ///< [out]

 private:
  network::BatchNormFold<torch::Tensor> fold() const;
  torch::Tensor convolve(const torch::Tensor& x, const torch::Tensor& with, const torch::Tensor& bias) const;
  torch::Tensor activate(const torch::Tensor& y) const;
  torch::Tensor normalize(const torch::Tensor& y);

  network::Layer layer_;
  double epsilon_;
  bool relu6_;
  double momentum_ = 0;  ///< 0: statistics are frozen
  ranks::Group* group_ = nullptr;
};
TORCH_MODULE(Convolution);

/// The convolution of the layer at that place.
Convolution convolution_of(const weights::Weights& weights, std::size_t layer);

}  // namespace soundfold::finetuning

// SPDX-License-Identifier: Apache-2.0
#include "finetuning/convolution.h"

#include "support/errors.h"

#include <string>

namespace soundfold::finetuning {
namespace {

torch::Tensor tensor_of(const std::vector<float>& values, const std::vector<std::int64_t>& shape,
                        const std::string& name) {
  std::int64_t count = 1;
  for (const auto extent : shape) count *= extent;
  if (count != static_cast<std::int64_t>(values.size())) {
    throw UsageError(name + ": " + std::to_string(values.size()) + " values where " + std::to_string(count) +
                     " are needed");
  }
  return torch::tensor(values, torch::kFloat32).reshape(shape).clone();
}

}  // namespace

ConvolutionImpl::ConvolutionImpl(const network::Description& network, const network::Layer& layer,
                                 const network::LayerValues& values)
    : layer_(layer), epsilon_(network.batch_norm_epsilon), relu6_(network.activation == network::Activation::relu6) {
  const std::vector<std::int64_t> channels = {layer.out_channels};
  kernel = register_parameter("kernel", tensor_of(values.kernel, layer.kernel_shape(), layer.name + " kernel"));
  beta = register_parameter("beta", tensor_of(values.beta, channels, layer.name + " beta"));
  mean = register_buffer("mean", tensor_of(values.mean, channels, layer.name + " mean"));
  variance = register_buffer("variance", tensor_of(values.variance, channels, layer.name + " variance"));
}

network::BatchNormFold<torch::Tensor> ConvolutionImpl::fold() const {
  return network::fold_channels(beta, mean, variance, epsilon_);
}

torch::Tensor ConvolutionImpl::folded_kernel() const {
  return kernel * fold().factor.reshape({-1, 1, 1, 1});
}

torch::Tensor ConvolutionImpl::folded_bias() const {
  return fold().bias;
}

torch::Tensor ConvolutionImpl::convolve(const torch::Tensor& x, const torch::Tensor& with,
                                        const torch::Tensor& bias) const {
  const int before = layer_.padding_before(), more_after = layer_.padding_after() - before;
  const auto padded = more_after > 0 ? torch::constant_pad_nd(x, {0, more_after, 0, more_after}) : x;
  return torch::conv2d(padded, with, bias, layer_.stride, before, /*dilation=*/1, layer_.groups());
}

torch::Tensor ConvolutionImpl::activate(const torch::Tensor& y) const {
  return relu6_ ? torch::hardtanh(y, 0, 6) : torch::relu(y);
}

torch::Tensor ConvolutionImpl::forward_folded(const torch::Tensor& x, const torch::Tensor& folded,
                                              const torch::Tensor& bias) const {
  return activate(convolve(x, folded, bias));
}

/// Batch norm by the batch's own statistics, which those kept move towards.
torch::Tensor ConvolutionImpl::normalize(const torch::Tensor& y) {
  if (group_ == nullptr) {
    return torch::batch_norm(y, {}, beta, mean, variance, /*training=*/true, momentum_, epsilon_,
                             /*cudnn_enabled=*/false);
  }
  const auto channels = y.size(1);
  const auto own_count = torch::full({1}, static_cast<double>(y.numel() / channels), y.options());
  const auto sums = ranks::sum_with_gradient(group_, torch::cat({y.sum({0, 2, 3}), own_count}));
  const auto count = sums[channels].item<double>();
  const auto batch_mean = sums.narrow(0, 0, channels) / count;
  const auto centred = y - batch_mean.reshape({-1, 1, 1});
  const auto batch_variance = ranks::sum_with_gradient(group_, centred.square().sum({0, 2, 3})) / count;
  {
    const torch::NoGradGuard no_gradients;
    mean.lerp_(batch_mean, momentum_);
    variance.lerp_(batch_variance * (count / (count - 1)), momentum_);
  }
  return centred * (batch_variance + epsilon_).rsqrt().reshape({-1, 1, 1}) + beta.reshape({-1, 1, 1});
}

torch::Tensor ConvolutionImpl::forward(const torch::Tensor& x) {
  if (momentum_ <= 0 || !is_training()) {
    const auto folded = fold();
    return forward_folded(x, kernel * folded.factor.reshape({-1, 1, 1, 1}), folded.bias);
  }
  return activate(normalize(convolve(x, kernel, {})));
}

Convolution convolution_of(const weights::Weights& weights, std::size_t layer) {
  return Convolution(weights.network, weights.network.layers.at(layer), weights.layers.at(layer));
}

}  // namespace soundfold::finetuning

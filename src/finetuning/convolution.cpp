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

ConvolutionImpl::ConvolutionImpl(const weights::ConvLayer& layer, weights::Activation activation)
    : stride_(layer.stride), relu6_(activation == weights::Activation::relu6) {
  using Kind = weights::ConvLayer::Kind;
  const std::int64_t side = layer.kind == Kind::pointwise ? 1 : 3;
  const std::int64_t inputs = layer.kind == Kind::depthwise ? 1 : layer.in_channels;
  padding_ = side == 3 && stride_ == 1 ? 1 : 0;
  groups_ = layer.kind == Kind::depthwise ? layer.out_channels : 1;
  const std::vector<std::int64_t> channels = {layer.out_channels};
  kernel = register_parameter(
      "kernel", tensor_of(layer.kernel, {layer.out_channels, inputs, side, side}, layer.name + " kernel"));
  beta = register_parameter("beta", tensor_of(layer.beta, channels, layer.name + " beta"));
  mean = register_buffer("mean", tensor_of(layer.mean, channels, layer.name + " mean"));
  variance = register_buffer("variance", tensor_of(layer.variance, channels, layer.name + " variance"));
}

torch::Tensor ConvolutionImpl::folded_kernel() const {
  return kernel * (variance + weights::kBatchNormEpsilon).rsqrt().reshape({-1, 1, 1, 1});
}

torch::Tensor ConvolutionImpl::folded_bias() const {
  return beta - mean * (variance + weights::kBatchNormEpsilon).rsqrt();
}

torch::Tensor ConvolutionImpl::convolve(const torch::Tensor& x, const torch::Tensor& with,
                                        const torch::Tensor& bias) const {
  const auto padded = stride_ == 2 ? torch::constant_pad_nd(x, {0, 1, 0, 1}) : x;
  return torch::conv2d(padded, with, bias, stride_, padding_, /*dilation=*/1, groups_);
}

torch::Tensor ConvolutionImpl::activate(const torch::Tensor& y) const {
  return relu6_ ? torch::hardtanh(y, 0, 6) : torch::relu(y);
}

torch::Tensor ConvolutionImpl::forward_folded(const torch::Tensor& x, const torch::Tensor& folded,
                                              const torch::Tensor& bias) const {
  return activate(convolve(x, folded, bias));
}

torch::Tensor ConvolutionImpl::forward(const torch::Tensor& x) {
  if (momentum_ <= 0 || !is_training()) return forward_folded(x, folded_kernel(), folded_bias());
  return activate(torch::batch_norm(convolve(x, kernel, {}), {}, beta, mean, variance, /*training=*/true, momentum_,
                                    weights::kBatchNormEpsilon, /*cudnn_enabled=*/false));
}

}  // namespace soundfold::finetuning

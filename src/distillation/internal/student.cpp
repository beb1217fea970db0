// SPDX-License-Identifier: Apache-2.0
#include "distillation/internal/student.h"

#include "device/random_streams.h"
#include "device/tensor_values.h"
#include "support/errors.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

namespace soundfold::distillation {
namespace {

constexpr double kMomentum = 0.05;
constexpr std::int64_t kChannelStep = 8;

std::int64_t narrowed(std::int64_t channels, double width) {
  const auto steps = std::llround(static_cast<double>(channels) * width / static_cast<double>(kChannelStep));
  return std::max<std::int64_t>(1, steps) * kChannelStep;
}

torch::Tensor uniform(const std::vector<std::int64_t>& shape, double limit, at::Generator& generator) {
  return torch::empty(shape).uniform_(-limit, limit, generator);
}

double glorot_limit(std::int64_t in, std::int64_t out) {
  return std::sqrt(6.0 / static_cast<double>(in + out));
}

std::vector<std::int64_t> channels_of(const network::Description& network) {
  std::vector<std::int64_t> channels;
  for (const auto& block : network::blocks(network))
    channels.push_back(network.layers[block.last_layer()].out_channels);
  return channels;
}

}  // namespace

network::Description student_network(const weights::Weights& teacher) {
  if (!teacher.network.transformer) return teacher.network;
  auto network = network::yamnet_description();
  network.class_count = teacher.class_count();
  return network;
}

std::vector<std::int64_t> student_channels(const weights::Weights& teacher, const StudentShape& shape) {
  const auto widest = channels_of(student_network(teacher));
  const std::string whose = teacher.network.transformer ? "YAMNet, a transformer's widest student," : "the teacher";
  auto channels = shape.channels;
  if (channels.empty()) {
    for (const auto wide : widest) channels.push_back(std::min(wide, narrowed(wide, shape.width)));
  }
  if (channels.size() != widest.size()) {
    throw UsageError("student.channels: " + std::to_string(channels.size()) + " numbers, " + whose + " has " +
                     std::to_string(widest.size()) + " blocks");
  }
  if (shape.embedding_size > 0) channels.back() = shape.embedding_size;
  for (std::size_t block = 0; block < channels.size(); ++block) {
    if (channels[block] >= 1 && (channels[block] <= widest[block] || block + 1 == channels.size())) continue;
    throw UsageError("student.channels: block " + std::to_string(block + 1) + " has " +
                     std::to_string(channels[block]) + ", that of " + whose + " " + std::to_string(widest[block]));
  }
  return channels;
}

weights::Weights student_layers(const weights::Weights& teacher, const std::vector<std::int64_t>& channels) {
  auto student = teacher;
  student.quantization.reset();
  student.tensors.clear();
  student.network = network::with_channels(student_network(teacher), channels);
  student.layers.assign(student.network.layers.size(), {});
  student.classifier_kernel.clear();
  return student;
}

StudentStart untrained_student(const weights::Weights& teacher, const std::vector<std::int64_t>& channels,
                               std::uint64_t seed) {
  auto generator = make_generator(torch::kCPU, seed);
  StudentStart start;
  start.learns_statistics = true;
  start.weights = student_layers(teacher, channels);
  for (std::size_t i = 0; i < start.weights.layers.size(); ++i) {
    const auto& layer = start.weights.network.layers[i];
    auto& values = start.weights.layers[i];
    values.kernel =
        values_of(uniform({layer.kernel_size()}, std::sqrt(6.0 / static_cast<double>(layer.taps())), generator));
    const auto count = static_cast<std::size_t>(layer.out_channels);
    values.beta.assign(count, 0.0F);
    values.mean.assign(count, 0.0F);
    values.variance.assign(count, 1.0F);
  }
  const auto size = channels.back(), classes = teacher.class_count(), target = teacher.embedding_size();
  start.weights.classifier_kernel = values_of(uniform({classes * size}, glorot_limit(size, classes), generator));
  start.signed_target = teacher.network.transformer.has_value();
  if (size != target || start.signed_target) {
    start.projection = uniform({target, size}, glorot_limit(size, target), generator);
    start.projection_bias = torch::zeros({target});
  }
  return start;
}

StudentImpl::StudentImpl(const StudentStart& start, ranks::Group* group)
    : blocks_(register_module("network",
                              finetuning::BlockNetwork(start.weights, 1, finetuning::block_count(start.weights)))) {
  for (const auto& convolution : blocks_->convolutions()) {
    auto each = convolution;
    if (start.learns_statistics) each->learn_statistics(kMomentum, group);
  }
  const auto& weights = start.weights;
  classifier_kernel_ = register_parameter(
      "classifier_kernel",
      torch::tensor(weights.classifier_kernel).reshape({weights.class_count(), weights.embedding_size()}));
  classifier_bias_ = register_parameter("classifier_bias", torch::tensor(weights.classifier_bias));
  signed_target_ = start.signed_target;
  if (!start.projection.defined()) return;
  projection_ = register_parameter("projection", start.projection.clone());
  projection_bias_ = register_parameter("projection_bias", start.projection_bias.clone());
}

StudentImpl::Output StudentImpl::forward(const torch::Tensor& patches) {
  const auto& in = blocks_->input();
  const auto maps = blocks_->forward_maps(patches.reshape({patches.size(0), in.channels, in.frames, in.bands}));
  const auto embeddings = maps.mean({2, 3});
  const auto logits = torch::linear(embeddings, classifier_kernel_, classifier_bias_);
  if (!projection_.defined()) return {embeddings, logits};
  const auto projected = torch::linear(embeddings, projection_, projection_bias_);
  return {signed_target_ ? projected : torch::relu(projected), logits};
}

weights::Weights StudentImpl::weights(weights::Weights start) const {
  blocks_->copy_to(start);
  start.classifier_kernel = values_of(classifier_kernel_);
  start.classifier_bias = values_of(classifier_bias_);
  return start;
}

}  // namespace soundfold::distillation

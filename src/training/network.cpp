// SPDX-License-Identifier: Apache-2.0
#include "training/network.h"

#include "device/random_streams.h"
#include "finetuning/dealt_tail.h"

namespace soundfold::training {
namespace {

heads::NamedTensors tail_state(const finetuning::NetworkTail& tail) {
  heads::NamedTensors state;
  if (!tail) return state;
  for (const auto& parameter : tail->named_parameters()) {
    const auto name = parameter.key();  // "blocks.layer14.pointwise.kernel"
    state.emplace_back("backbone." + name.substr(name.find('.') + 1), parameter.value());
  }
  return state;
}

}  // namespace

Network make_network(const Settings& settings, const heads::FeatureSet& train, std::int64_t class_count,
                     const TrainerOptions& options) {
  const auto* known = options.known_classes;
  Network network;
  auto seen = train;
  if (options.tail != nullptr) {
    network.tail = finetuning::NetworkTail(*options.tail);
    network.tail->to(options.device);
    // The whole set is sent through the tail only when it is used.
    if (settings.head.standardize || known != nullptr) seen = head_features(network.tail, train, options.group);
  }
  auto& head = network.head;
  const auto inputs = network.tail ? network.tail->output_size() : train.width();
  head = heads::Head(heads::make_head_spec(settings.head, inputs, class_count, known, options.input_parts));
  head->draw_weights(make_generator(torch::kCPU, stream_seed(settings.seed, 0, Draw::initial_weights)));
  head->to(options.device);
  if (settings.head.standardize) head->fit_standardization(seen);
  if (known != nullptr) {
    head->fit_known_classes(*known, settings.head.known_class_weight.value(), seen);
  }
  return network;
}

std::vector<optimization::ParameterGroup> parameter_groups(const Settings& settings, Network& network) {
  std::vector<optimization::ParameterGroup> groups = {{network.head->parameters(), settings.optimizer.weight_decay}};
  if (!network.tail) return groups;
  for (auto& block : network.tail->blocks()->parameters_of_blocks()) {
    groups.push_back({std::move(block), settings.backbone.weight_decay});
  }
  return groups;
}

heads::FeatureSet head_features(const finetuning::NetworkTail& tail, const heads::FeatureSet& set,
                                ranks::Group* group) {
  if (!tail || !set.features.defined()) return set;
  auto seen = set;
  seen.features = finetuning::forward_all_dealt(tail, set.features, group);
  return seen;
}

heads::NamedTensors network_state(const Network& network) {
  auto head = network.head;
  auto state = heads::head_state(*head);
  for (auto& item : tail_state(network.tail)) state.push_back(std::move(item));
  return state;
}

std::vector<torch::Tensor> trained_parameters(const Network& network) {
  auto parameters = network.head->parameters();
  for (const auto& [name, parameter] : tail_state(network.tail)) parameters.push_back(parameter);
  return parameters;
}

Network copy_of(const Network& network, const torch::Device& device) {
  Network copy;
  auto head = network.head;
  copy.head = heads::copy_of(*head, device);
  if (!network.tail) return copy;
  copy.tail = finetuning::NetworkTail(network.tail->start());
  copy.tail->to(device);
  heads::copy_into(tail_state(copy.tail), tail_state(network.tail));
  return copy;
}

void move_average(const Network& average, const Network& network, double decay) {
  auto to = average.head, from = network.head;
  heads::move_average(*to, *from, decay);
  if (!network.tail) return;
  const torch::NoGradGuard no_gradients;
  const auto targets = tail_state(average.tail), sources = tail_state(network.tail);
  for (std::size_t index = 0; index < targets.size(); ++index) {
    auto target = targets[index].second;
    target.lerp_(sources[index].second, 1.0 - decay);
  }
}

void take_first_ranks_state(const Network& network, ranks::Group& group) {
  if (!network.head) return;
  std::vector<torch::Tensor> values;
  for (const auto& [name, tensor] : network_state(network)) values.push_back(tensor);
  group.broadcast(values);
}

}  // namespace soundfold::training

// SPDX-License-Identifier: Apache-2.0
#include "heads/head_state.h"

#include "support/errors.h"

#include <algorithm>

namespace soundfold::heads {

NamedTensors head_state(HeadImpl& head) {
  NamedTensors state;
  for (const auto& item : head.named_parameters()) state.emplace_back(item.key(), item.value());
  for (const auto& item : head.named_buffers()) state.emplace_back(item.key(), item.value());
  return state;
}

NamedTensors copy_of(const NamedTensors& tensors) {
  NamedTensors copies;
  copies.reserve(tensors.size());
  for (const auto& [name, tensor] : tensors) copies.emplace_back(name, tensor.detach().clone());
  return copies;
}

void copy_into(const NamedTensors& target, const NamedTensors& source) {
  const torch::NoGradGuard no_gradients;
  if (target.size() != source.size()) {
    throw DataError("a saved state has " + std::to_string(source.size()) + " tensors, " +
                    std::to_string(target.size()) + " are needed");
  }
  for (std::size_t index = 0; index < target.size(); ++index) {
    auto [name, tensor] = target[index];
    if (name != source[index].first || tensor.sizes() != source[index].second.sizes()) {
      throw DataError("a saved state's tensor '" + source[index].first + "' is not the '" + name + "' expected here");
    }
    tensor.copy_(source[index].second);
  }
}

Head copy_of(HeadImpl& head, const torch::Device& device) {
  Head copy(head.spec());
  copy->to(device);
  copy_into(head_state(*copy), head_state(head));
  return copy;
}

void move_average(HeadImpl& average, HeadImpl& head, double decay) {
  const torch::NoGradGuard no_gradients;
  const auto targets = head_state(average);
  const auto sources = head_state(head);
  for (std::size_t index = 0; index < targets.size(); ++index) {
    auto target = targets[index].second;
    const auto& source = sources[index].second;
    if (target.is_floating_point()) {
      target.lerp_(source, 1.0 - decay);
    } else {
      target.copy_(source);
    }
  }
}

double average_decay(double decay, std::int64_t step) {
  const auto ramp = (1.0 + static_cast<double>(step)) / (10.0 + static_cast<double>(step));
  return std::min(decay, ramp);
}

}  // namespace soundfold::heads

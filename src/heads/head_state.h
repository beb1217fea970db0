// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "device/torch.h"
#include "heads/head.h"

#include <string>
#include <utility>
#include <vector>

namespace soundfold::heads {

/// Tensors by name, in a fixed order.
using NamedTensors = std::vector<std::pair<std::string, torch::Tensor>>;

/// All parameters and buffers of a head, not copied.
NamedTensors head_state(HeadImpl& head);

/// Copies of tensors, detached, on the same device.
NamedTensors copy_of(const NamedTensors& tensors);

/// Copies values into tensors of the same names and shapes, which may be on another device. Throws DataError for
/// others.
void copy_into(const NamedTensors& target, const NamedTensors& source);

/// A head of the same spec on the same device with copies of the values.
Head copy_of(HeadImpl& head, const torch::Device& device);

/// Moves `average`'s values towards those of `head`: average += (1 - decay) * (value - average). Buffers that are not
/// floating point are copied.
void move_average(HeadImpl& average, HeadImpl& head, double decay);

/// The decay to use at update `step` (from 1): min(decay, (1 + step) / (10 + step)), so that a short training does not
/// keep its random start. Rule of TensorFlow's ExponentialMovingAverage (num_updates).
double average_decay(double decay, std::int64_t step);

}  // namespace soundfold::heads

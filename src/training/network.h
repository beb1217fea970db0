// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "device/torch.h"
#include "finetuning/network_tail.h"
#include "heads/feature_set.h"
#include "heads/head.h"
#include "heads/head_state.h"
#include "optimization/optimizer.h"
#include "ranks/group.h"
#include "training/settings.h"
#include "training/trainer.h"

#include <cstdint>
#include <vector>

namespace soundfold::training {

/// What is trained: the head and, when the backbone is trained too, its last blocks before it.
struct Network {
  heads::Head head{nullptr};
  finetuning::NetworkTail tail{nullptr};  ///< null: the backbone is frozen, and the windows are the head's inputs
};

/// The network before training, on options.device: the head's weights drawn, the tail's as imported. `train`: on that
/// device, to fit what the head takes from its data. Throws UsageError for settings that no head can have.
Network make_network(const Settings& settings, const heads::FeatureSet& train, std::int64_t class_count,
                     const TrainerOptions& options);

/// The parameters in groups: the head's in one; then, when the backbone is trained, each of its blocks in one, the
/// first block first.
std::vector<optimization::ParameterGroup> parameter_groups(const Settings& settings, Network& network);

/// A data set as the head sees it: its maps sent through the tail, without gradients, each rank of a group with a part
/// of them. The same set when there is no tail.
heads::FeatureSet head_features(const finetuning::NetworkTail& tail, const heads::FeatureSet& set,
                                ranks::Group* group = nullptr);

/// All that training changes: parameters and buffers of the head under their names, and the tail's parameters behind
/// "backbone." (its buffers are frozen). Not copied.
heads::NamedTensors network_state(const Network& network);

/// The trained parameters of the head and of the tail.
std::vector<torch::Tensor> trained_parameters(const Network& network);

/// A network of the same shape on `device` with copies of the values.
Network copy_of(const Network& network, const torch::Device& device);

/// Gives all ranks the state of rank 0's network; a network without a head has none.
void take_first_ranks_state(const Network& network, ranks::Group& group);

/// Moves `average`'s values towards those of `network`, as move_average for heads does.
void move_average(const Network& average, const Network& network, double decay);

}  // namespace soundfold::training

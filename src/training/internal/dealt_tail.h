// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "device/torch.h"
#include "ranks/group.h"
#include "training/network.h"

namespace soundfold::training {

/// The trained part of the backbone in a batch, dealt out to the ranks of a group. Each rank sends its part of the
/// windows through the tail; the head, which costs next to nothing beside it, sees the outputs of all of them on every
/// rank. What the head computes is then that of one rank, whatever it does with a batch: batch norms, mixup, dropout.
/// Only the sums in the tail's gradients have another order. Without a group these are plain passes.
class DealtTail {
 public:
  /// Both outlive it.
  DealtTail(Network& network, ranks::Group* group) : network_(network), group_(group) {}

  /// The head's inputs [F, D] of a batch of windows [F, C].
  torch::Tensor forward(const torch::Tensor& frames);

  /// After the loss's backward pass: the tail's gradients, the same on all ranks.
  void backward();

 private:
  Network& network_;
  ranks::Group* group_;
  torch::Tensor own_;  ///< outputs of this rank's part of the windows
  torch::Tensor all_;  ///< those of all
};

}  // namespace soundfold::training

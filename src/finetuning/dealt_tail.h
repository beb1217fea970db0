// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "device/torch.h"
#include "finetuning/network_tail.h"
#include "ranks/group.h"

namespace soundfold::finetuning {

/// The trained part of the backbone in a batch, dealt out to the ranks of a group. Each rank sends its part of the
/// windows through the tail; the head, which costs next to nothing beside it, sees the outputs of all of them on every
/// rank. What the head computes is then that of one rank, whatever it does with a batch: batch norms, mixup, dropout.
/// Only the sums in the tail's gradients have another order. Without a group these are plain passes; without a tail
/// (null) windows are the head's inputs.
class DealtTail {
 public:
  /// `group` outlives it.
  DealtTail(NetworkTail tail, ranks::Group* group) : tail_(std::move(tail)), group_(group) {}

  /// The head's inputs [F, D] of a batch of windows [F, C].
  torch::Tensor forward(const torch::Tensor& frames);

  /// After the loss's backward pass: the tail's gradients, the same on all ranks.
  void backward();

 private:
  NetworkTail tail_;
  ranks::Group* group_;
  torch::Tensor own_;  ///< outputs of this rank's part of the windows
  torch::Tensor all_;  ///< those of all
};

/// NetworkTailImpl::forward_all with the windows dealt out to the ranks.
torch::Tensor forward_all_dealt(NetworkTail tail, const torch::Tensor& maps, ranks::Group* group);

}  // namespace soundfold::finetuning

// SPDX-License-Identifier: Apache-2.0
#include "training/internal/dealt_tail.h"

namespace soundfold::training {

torch::Tensor DealtTail::forward(const torch::Tensor& frames) {
  if (group_ == nullptr) return head_inputs(network_, frames);
  const auto part = ranks::part_of(frames.size(0), group_->rank(), group_->size());
  own_ = part.count() > 0 ? head_inputs(network_, frames.narrow(0, part.begin, part.count()))
                          : torch::zeros({0, network_.tail->output_size()}, frames.options());
  all_ = group_->gather_rows(own_, frames.size(0)).requires_grad_();
  return all_;
}

void DealtTail::backward() {
  if (group_ == nullptr) return;
  const auto part = ranks::part_of(all_.size(0), group_->rank(), group_->size());
  if (part.count() > 0) own_.backward(all_.grad().narrow(0, part.begin, part.count()));
  std::vector<torch::Tensor> gradients;
  for (auto& parameter : network_.tail->parameters()) {
    if (!parameter.grad().defined()) parameter.mutable_grad() = torch::zeros_like(parameter);
    gradients.push_back(parameter.grad());
  }
  group_->sum(gradients);
}

}  // namespace soundfold::training

// SPDX-License-Identifier: Apache-2.0
#include "finetuning/dealt_tail.h"

namespace soundfold::finetuning {
namespace {

ranks::Part own_part(const torch::Tensor& rows, const ranks::Group& group) {
  return ranks::part_of(rows.size(0), group.rank(), group.size());
}

}  // namespace

torch::Tensor DealtTail::forward(const torch::Tensor& frames) {
  if (!tail_) return frames;
  if (group_ == nullptr) return tail_->forward(frames);
  const auto part = own_part(frames, *group_);
  own_ = part.count() > 0 ? tail_->forward(frames.narrow(0, part.begin, part.count()))
                          : torch::zeros({0, tail_->output_size()}, frames.options());
  all_ = group_->gather_rows(own_, frames.size(0)).requires_grad_();
  return all_;
}

void DealtTail::backward() {
  if (group_ == nullptr || !tail_) return;
  const auto part = own_part(all_, *group_);
  if (part.count() > 0) own_.backward(all_.grad().narrow(0, part.begin, part.count()));
  std::vector<torch::Tensor> gradients;
  for (auto& parameter : tail_->parameters()) {
    if (!parameter.grad().defined()) parameter.mutable_grad() = torch::zeros_like(parameter);
    gradients.push_back(parameter.grad());
  }
  group_->sum(gradients);
}

torch::Tensor forward_all_dealt(NetworkTail tail, const torch::Tensor& maps, ranks::Group* group) {
  if (group == nullptr) return tail->forward_all(maps);
  const auto part = own_part(maps, *group);
  return group->gather_rows(tail->forward_all(maps.narrow(0, part.begin, part.count())), maps.size(0));
}

}  // namespace soundfold::finetuning

// SPDX-License-Identifier: Apache-2.0
#include "ranks/group.h"

#include "text/text.h"

#include <sstream>

namespace soundfold::ranks {
namespace {

struct SumOverRanks : torch::autograd::Function<SumOverRanks> {
  static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& values, Group* group) {
    context->saved_data["group"] = reinterpret_cast<std::int64_t>(group);
    const auto summed = values.detach().clone();
    group->sum({summed});
    return summed;
  }
  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 const torch::autograd::variable_list& gradients) {
    const auto gradient = gradients[0].contiguous().clone();
    reinterpret_cast<Group*>(context->saved_data["group"].toInt())->sum({gradient});
    return {gradient, torch::Tensor()};
  }
};

/// The first line that two texts do not share, as each has it; empty: it has none.
std::pair<std::string, std::string> first_difference(const std::string& a, const std::string& b) {
  std::istringstream left(a), right(b);
  std::string of_left, of_right;
  while (true) {
    const bool more_left = static_cast<bool>(std::getline(left, of_left));
    const bool more_right = static_cast<bool>(std::getline(right, of_right));
    if (!more_left) of_left.clear();
    if (!more_right) of_right.clear();
    if (of_left != of_right || (!more_left && !more_right)) return {trimmed(of_left), trimmed(of_right)};
  }
}

std::string shown_line(const std::string& line) {
  return line.empty() ? "nothing" : "'" + shown(line) + "'";
}

}  // namespace

Part part_of(std::int64_t total, int rank, int size) {
  const auto begin = [&](std::int64_t of) { return total / size * of + std::min<std::int64_t>(of, total % size); };
  return {begin(rank), begin(rank + 1)};
}

torch::Tensor sum_with_gradient(Group* group, const torch::Tensor& values) {
  return group == nullptr ? values : SumOverRanks::apply(values, group);
}

void check_equal(Group& group, const std::string& text, const std::string& what) {
  const auto texts = group.gather(text);
  for (std::size_t rank = 1; rank < texts.size(); ++rank) {
    if (texts[rank] == texts[0]) continue;
    const auto [first, other] = first_difference(texts[0], texts[rank]);
    throw UsageError("rank " + std::to_string(rank) + " has another " + what + " than rank 0: " + shown_line(other) +
                     " where rank 0 has " + shown_line(first) + "; give all ranks the same");
  }
}

}  // namespace soundfold::ranks

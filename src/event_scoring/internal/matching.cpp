// SPDX-License-Identifier: Apache-2.0
#include "event_scoring/internal/matching.h"

#include <deque>

namespace soundfold::event_scoring {
namespace {

constexpr auto kNobody = static_cast<std::size_t>(-1);

/// Paths from one left over pairs that exist to a right that is free.
class Augmenter {
 public:
  Augmenter(const Partners& partners, std::size_t right_count)
      : partners_(partners),
        right_of_(partners.size(), kNobody),
        left_of_(right_count, kNobody),
        reached_from_(right_count, kNobody),
        reached_in_(right_count, kNobody) {}

  void add(std::size_t root) {
    std::deque<std::size_t> lefts = {root};
    while (!lefts.empty()) {
      const std::size_t left = lefts.front();
      lefts.pop_front();
      for (const std::size_t right : partners_[left]) {
        if (reached_in_[right] == root) continue;
        reached_in_[right] = root;
        reached_from_[right] = left;
        if (left_of_[right] == kNobody) return flip(root, right);
        lefts.push_back(left_of_[right]);
      }
    }
  }

  const std::vector<std::size_t>& right_of() const { return right_of_; }

 private:
  void flip(std::size_t root, std::size_t right) {
    while (true) {
      const std::size_t left = reached_from_[right], before = right_of_[left];
      right_of_[left] = right;
      left_of_[right] = left;
      if (left == root) return;
      right = before;
    }
  }

  const Partners& partners_;
  std::vector<std::size_t> right_of_, left_of_;
  std::vector<std::size_t> reached_from_, reached_in_;  ///< by right: the left before it, the root of that search
};

}  // namespace

std::vector<std::optional<std::size_t>> largest_matching(const Partners& partners, std::size_t right_count) {
  Augmenter augmenter(partners, right_count);
  for (std::size_t left = 0; left < partners.size(); ++left) augmenter.add(left);
  std::vector<std::optional<std::size_t>> pairs;
  for (const std::size_t right : augmenter.right_of()) {
    pairs.push_back(right == kNobody ? std::nullopt : std::optional<std::size_t>(right));
  }
  return pairs;
}

}  // namespace soundfold::event_scoring

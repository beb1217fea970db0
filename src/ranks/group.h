// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "device/torch.h"
#include "support/errors.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace soundfold::ranks {

/// Another rank is missing, or ended with an error: the work cannot be finished, what is saved can be resumed.
struct RankLost : DataError {
  using DataError::DataError;
};

/// Some of `total` rows or items in a row: `begin` to `end` - 1.
struct Part {
  std::int64_t begin = 0, end = 0;
  std::int64_t count() const { return end - begin; }
};

/// The part of rank `rank` of `size` when `total` items are dealt out in order, in parts that differ by one at most.
Part part_of(std::int64_t total, int rank, int size);

/// The processes that work on one experiment together, as one of them sees them: number rank() of size(), from 0. All
/// of them make the same calls in the same order, except where it says otherwise. What they wait for has no time limit
/// while the others give signs of life. Throws RankLost, naming the rank, when one is missing; Interrupted when this
/// process is asked to stop.
class Group {
 public:
  virtual ~Group() = default;

  virtual int rank() const = 0;
  virtual int size() const = 0;

  /// Adds up over all ranks, in place; all have the same shapes. The order of the additions depends only on size() and
  /// the shapes, and every rank gets the same bits.
  virtual void sum(const std::vector<torch::Tensor>& tensors) = 0;

  /// Gives all ranks the values of rank 0, in place.
  virtual void broadcast(const std::vector<torch::Tensor>& tensors) = 0;

  /// The rows of all ranks below each other, [total, D], from each one's part_of(total), [n, D] float32. Without
  /// gradients.
  virtual torch::Tensor gather_rows(const torch::Tensor& own, std::int64_t total) = 0;

  /// A text of each rank, in their order.
  virtual std::vector<std::string> gather(const std::string& text) = 0;

  /// The text of rank 0; that of the others is ignored.
  virtual std::string broadcast(const std::string& text) = 0;

  /// Waits until all ranks are here.
  virtual void wait_for_all() = 0;

  /// The next number of a count from 0 that all ranks share; any rank, at any time, from any thread.
  virtual std::int64_t next(const std::string& count) = 0;
  /// Leaves a text for any rank, which takes it once; any rank, at any time, from any thread.
  virtual void post(const std::string& key, const std::string& text) = 0;
  virtual std::optional<std::string> take(const std::string& key) = 0;

  /// Throws as above when a rank is known to be missing; any rank, at any time, from any thread.
  virtual void check() = 0;
};

/// Whether this process is the one that writes: rank 0, or the only one (null).
inline bool is_first(const Group* group) {
  return group == nullptr || group->rank() == 0;
}

/// The sum of `values` over all ranks as a function with a gradient: that of every rank's sum with respect to its own
/// values is added up, too. Null: `values`.
torch::Tensor sum_with_gradient(Group* group, const torch::Tensor& values);

/// Throws UsageError when ranks give different texts (lines, such as YAML): the first line that differs, and whose.
/// `what`: "configuration".
void check_equal(Group& group, const std::string& text, const std::string& what);

}  // namespace soundfold::ranks

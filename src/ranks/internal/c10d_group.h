// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ranks/group.h"
#include "ranks/internal/meeting.h"
#include "ranks/internal/watch.h"

#include <atomic>
#include <memory>
#include <string>
#include <vector>

namespace soundfold::ranks {

/// A Group by c10d: tensors go over Gloo (NCCL for those on CUDA, where LibTorch has it), texts and numbers through the
/// meeting.
class C10dGroup final : public Group {
 public:
  C10dGroup(const Place& place, const Patience& patience);
  ~C10dGroup() override;

  int rank() const override { return place_.rank; }
  int size() const override { return place_.size; }
  void sum(const std::vector<torch::Tensor>& tensors) override;
  void broadcast(const std::vector<torch::Tensor>& tensors) override;
  torch::Tensor gather_rows(const torch::Tensor& own, std::int64_t total) override;
  std::vector<std::string> gather(const std::string& text) override;
  std::string broadcast(const std::string& text) override;
  void wait_for_all() override;
  std::int64_t next(const std::string& count) override;
  void post(const std::string& key, const std::string& text) override;
  std::optional<std::string> take(const std::string& key) override;
  void check() override;

  /// Leaves when all ranks are through.
  void leave();
  /// Leaves early; `reason`, which the other ranks are told, is empty when one of them was the cause.
  void leave_early(const std::string& reason);

 private:
  struct Backends;
  template <typename Start>
  void run(Start start);
  std::vector<torch::Tensor> gather_equal(const torch::Tensor& own);
  template <typename Use>
  auto through_meeting(Use use);
  [[noreturn]] void give_up(const Loss& loss);

  const Place place_;
  std::unique_ptr<Meeting> meeting_;
  std::unique_ptr<Backends> backends_;
  std::unique_ptr<Watch> watch_;
  std::atomic<bool> broken_ = false;  ///< check() and the meeting are for any thread
};

}  // namespace soundfold::ranks

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "frontend/level.h"
#include "runtime/classifier.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace soundfold::testing {

/// Gives every sound, and one window at its start, the same probabilities.
class FakeClassifier : public runtime::Classifier {
 public:
  const std::vector<std::string>& class_names() const override { return names; }
  double window_hop_seconds() const override { return hop_s; }
  bool is_multi_label() const override { return false; }
  bool is_closed_set() const override { return closed; }
  void decide_by(const evaluation::DecisionRule& rule) { rule_ = rule; }
  std::unique_ptr<runtime::Classifier> copy() const override { return std::make_unique<FakeClassifier>(*this); }
  std::unique_ptr<runtime::Pass> start(runtime::WindowConsumer consume, runtime::Pace) const override {
    return std::make_unique<FakePass>(*this, std::move(consume));
  }

  std::vector<std::string> names = {"dog", "cat, large", "rain"};
  std::vector<double> probabilities = {0.2, 0.7, 0.1};
  double hop_s = 0.48;
  bool closed = false;

 private:
  class FakePass : public runtime::Pass {
   public:
    FakePass(const FakeClassifier& classifier, runtime::WindowConsumer consume)
        : of_(classifier), giver_(classifier, std::move(consume)) {}
    void push(const float* samples, std::size_t count) override {
      sound_.insert(sound_.end(), samples, samples + count);
    }
    runtime::Clip finish() override {
      const auto count = static_cast<std::int64_t>(sound_.size());
      giver_.add({frontend::level_dbfs(sound_.data(), sound_.size()), std::nullopt, of_.probabilities, {}}, count);
      return giver_.finish(count, of_.probabilities, {});
    }

   private:
    const FakeClassifier& of_;
    runtime::WindowGiver giver_;
    std::vector<float> sound_;
  };
};

}  // namespace soundfold::testing

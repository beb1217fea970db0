// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "deploy/classifier.h"

#include <memory>
#include <string>
#include <vector>

namespace soundfold::testing {

/// Gives every sound, and every window of it, the same probabilities.
class FakeClassifier : public deploy::Classifier {
 public:
  const std::vector<std::string>& class_names() const override { return names; }
  double window_hop_seconds() const override { return hop_s; }
  bool takes_blocks() const override { return true; }
  bool is_multi_label() const override { return false; }
  bool is_closed_set() const override { return closed; }
  void decide_by(const evaluation::DecisionRule& rule) { rule_ = rule; }

  std::vector<std::string> names = {"dog", "cat, large", "rain"};
  std::vector<double> probabilities = {0.2, 0.7, 0.1};
  double hop_s = 0.48;
  bool closed = false;

 protected:
  class FakeReader : public Reader {
   public:
    explicit FakeReader(const FakeClassifier& classifier) : of_(classifier) {}
    Rows add(const float*, std::size_t) override { return {{of_.probabilities}, {}, {}}; }
    Whole whole() override { return {of_.probabilities, {}}; }

   private:
    const FakeClassifier& of_;
  };
  std::unique_ptr<Reader> reader() const override { return std::make_unique<FakeReader>(*this); }
  int patch_hop_frames() const override { return 48; }
};

}  // namespace soundfold::testing

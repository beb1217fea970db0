// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/classifier.h"
#include "serving/settings.h"

#include <cstddef>
#include <functional>
#include <memory>

namespace soundfold::serving {

/// One sound on its way through the model, until the deadline of its request.
class LimitedPass {
 public:
  LimitedPass(const runtime::Classifier& model, Deadline deadline, std::function<void(const runtime::Window&)> consume);

  /// Mono samples at the model's rate, any number. Throws Refusal: 503 after the deadline, 500 when the model fails.
  void push(const float* samples, std::size_t count);
  /// Throws as push() does.
  runtime::Clip finish();

 private:
  void check_deadline() const;

  std::unique_ptr<runtime::Pass> pass_;
  Deadline deadline_;
};

}  // namespace soundfold::serving

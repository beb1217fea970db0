// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "serving/model.h"
#include "serving/settings.h"

#include <cstddef>
#include <functional>
#include <memory>

namespace soundfold::serving {

/// One sound on its way through the model, until the deadline of its request.
class LimitedPass {
 public:
  LimitedPass(const Model& model, Deadline deadline, std::function<void(const Window&)> consume);

  /// Mono samples at the model's rate, any number. Throws Refusal: 503 after the deadline, 500 when the model fails.
  void push(const float* samples, std::size_t count);
  /// Throws as push() does.
  Clip finish();

 private:
  std::unique_ptr<Pass> pass_;
  Deadline deadline_;
};

}  // namespace soundfold::serving

// SPDX-License-Identifier: Apache-2.0
#include "serving/limited_pass.h"

#include "serving/answer.h"
#include "support/errors.h"
#include "support/logging.h"

#include <algorithm>
#include <utility>

namespace soundfold::serving {
namespace {

/// Samples between two looks at the clock.
constexpr std::size_t kSamplesAtOnce = 65'536;

/// `work` of the model; what it throws is no fault of the client, and its text may name files of this machine.
template <typename Work>
auto of_model(const Work& work) {
  try {
    return work();
  } catch (const DataError& error) {
    logger().error("{}", error.what());
    throw Refusal(500, "the model failed on this sound; the server's log says why");
  }
}

}  // namespace

LimitedPass::LimitedPass(const runtime::Classifier& model, Deadline deadline,
                         std::function<void(const runtime::Window&)> consume)
    : pass_(model.start(std::move(consume))), deadline_(deadline) {}

void LimitedPass::check_deadline() const {
  if (std::chrono::steady_clock::now() <= deadline_) return;
  throw Refusal(503, "classifying took longer than a request may; send a shorter sound, or try again later");
}

void LimitedPass::push(const float* samples, std::size_t count) {
  while (count > 0) {
    check_deadline();
    const std::size_t now = std::min(count, kSamplesAtOnce);
    of_model([&] { pass_->push(samples, now); });
    samples += now;
    count -= now;
  }
}

runtime::Clip LimitedPass::finish() {
  check_deadline();
  return of_model([&] { return pass_->finish(); });
}

}  // namespace soundfold::serving

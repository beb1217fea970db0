// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/errors.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>

namespace soundfold {

/// As files, exported models and the library take: beyond it lie samples that nobody meant.
inline constexpr float kLargestSample = 100.0F;

/// Throws UsageError ("<call>: ...") when there are no samples, or one is not finite or above kLargestSample.
inline void check_samples(const std::string& call, const float* samples, std::size_t count) {
  if (samples == nullptr || count == 0) throw UsageError(call + ": the waveform has no samples");
  const auto* bad = std::find_if(samples, samples + count, [](float x) { return !(std::abs(x) <= kLargestSample); });
  if (bad == samples + count) return;
  throw UsageError(call + ": sample " + std::to_string(bad - samples) + " of the waveform is " + std::to_string(*bad) +
                   "; samples are finite and at most 100, within [-1, 1] as a rule");
}

}  // namespace soundfold

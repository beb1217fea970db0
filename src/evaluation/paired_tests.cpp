// SPDX-License-Identifier: Apache-2.0
#include "evaluation/paired_tests.h"

#include "support/errors.h"
#include "support/random.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string>
#include <vector>

namespace soundfold::evaluation {

double mcnemar_p(std::int64_t only_first, std::int64_t only_second) {
  if (only_first < 0 || only_second < 0) {
    throw UsageError("McNemar's test: counts are 0 and above; given: " + std::to_string(only_first) + " and " +
                     std::to_string(only_second));
  }
  const std::int64_t n = only_first + only_second;
  if (n == 0) return 1;
  if (n > kMostExactClips) {
    const double gap = std::max(0.0, static_cast<double>(std::abs(only_first - only_second)) - 1);
    return std::erfc(std::sqrt(gap * gap / static_cast<double>(n) / 2));
  }
  double sum = 0;
  for (std::int64_t k = 0; k <= std::min(only_first, only_second); ++k) {
    const auto trials = static_cast<double>(n), hits = static_cast<double>(k);
    sum += std::exp(std::lgamma(trials + 1) - std::lgamma(hits + 1) - std::lgamma(trials - hits + 1) -
                    trials * std::log(2.0));
  }
  return std::min(1.0, 2 * sum);
}

Interval bootstrap_difference(const PairedCounts& counts, std::uint64_t seed, int resamples) {
  const std::int64_t clips = counts.clips();
  if (clips == 0) return {0, 0};
  const auto whole = static_cast<double>(clips);
  const double first = static_cast<double>(counts.only_first) / whole;
  const double either = first + static_cast<double>(counts.only_second) / whole;
  Random random(seed);
  std::vector<double> differences;
  for (int i = 0; i < resamples; ++i) {
    std::int64_t sum = 0;
    for (std::int64_t clip = 0; clip < clips; ++clip) {
      const double drawn = random.uniform();
      sum += drawn < first ? 1 : drawn < either ? -1 : 0;
    }
    differences.push_back(static_cast<double>(sum) / whole);
  }
  std::sort(differences.begin(), differences.end());
  const auto at = [&](double share) {
    return differences[static_cast<std::size_t>(share * static_cast<double>(differences.size() - 1) + 0.5)];
  };
  return {at(0.025), at(0.975)};
}

}  // namespace soundfold::evaluation

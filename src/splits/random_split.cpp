// SPDX-License-Identifier: Apache-2.0
#include "splits/random_split.h"

#include "dataset/wording.h"
#include "splits/internal/stratified_draw.h"
#include "splits/split_checks.h"
#include "support/errors.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace soundfold::splits {
namespace {

using Counts = std::array<std::int64_t, 3>;  // per split, in the order of kSplits

/// How many of a class's `sources` each split gets: the fraction, rounded, at least one where wanted and for training.
Counts quotas(std::size_t sources, double validation_fraction, double test_fraction, const std::string& class_name) {
  const std::array<double, 3> fractions = {1 - validation_fraction - test_fraction, validation_fraction, test_fraction};
  Counts quota{};
  std::size_t wanted = 1;
  for (std::size_t s = 1; s < quota.size(); ++s) {
    if (fractions[s] <= 0) continue;
    ++wanted;
    quota[s] = std::max<std::int64_t>(1, std::llround(fractions[s] * static_cast<double>(sources)));
  }
  if (sources < wanted) {
    throw DataError("class " + dataset::in_quotes(class_name) + " has " +
                    dataset::counted(sources, "source recording") + ", fewer than the " + std::to_string(wanted) +
                    " splits that need one each; add recordings or leave a split out");
  }
  const auto total = static_cast<std::int64_t>(sources);
  while (quota[1] + quota[2] > total - 1) --*std::max_element(quota.begin() + 1, quota.end());
  quota[0] = total - quota[1] - quota[2];
  return quota;
}

/// The same for sources without any label, which no split has to have.
Counts unlabelled_quotas(std::size_t sources, double validation_fraction, double test_fraction) {
  const auto total = static_cast<std::int64_t>(sources);
  Counts quota{0, std::llround(validation_fraction * static_cast<double>(sources)),
               std::llround(test_fraction * static_cast<double>(sources))};
  while (quota[1] + quota[2] > total - 1) --*std::max_element(quota.begin() + 1, quota.end());
  quota[0] = total - quota[1] - quota[2];
  return quota;
}

}  // namespace

Splits split_at_random(const dataset::Dataset& dataset, double validation_fraction, double test_fraction,
                       std::uint64_t seed) {
  if (dataset.clips.empty()) throw DataError(dataset::in_quotes(dataset.name) + " has no clip to split");
  const std::vector<SourceGroup> groups = group_by_source(dataset);
  const auto shares_of = [&](std::size_t k, std::size_t sources) {
    const Counts quota = k < dataset.class_names.size()
                             ? quotas(sources, validation_fraction, test_fraction, dataset.class_names[k])
                             : unlabelled_quotas(sources, validation_fraction, test_fraction);
    return Shares(quota.begin(), quota.end());
  };
  const std::vector<std::size_t> split_of = stratified_draw(dataset, groups, shares_of, seed);

  Splits splits;
  const std::array<std::vector<std::size_t>*, 3> lists = {&splits.train, &splits.validation, &splits.test};
  Counts sources{};
  for (std::size_t g = 0; g < groups.size(); ++g) {
    auto& list = *lists[split_of[g]];
    list.insert(list.end(), groups[g].clips.begin(), groups[g].clips.end());
    ++sources[split_of[g]];
  }
  splits.description = "random with seed " + std::to_string(seed);
  for (std::size_t s = 0; s < lists.size(); ++s) {
    std::sort(lists[s]->begin(), lists[s]->end());
    if (lists[s]->empty()) continue;
    splits.description += std::string(s == 0 ? ": " : ", ") + dataset::split_name(kSplits[s]) + " " +
                          dataset::counted(lists[s]->size(), "clip") + " of " +
                          dataset::counted(static_cast<std::size_t>(sources[s]), "source");
  }
  check_splits(dataset, splits);
  return splits;
}

}  // namespace soundfold::splits

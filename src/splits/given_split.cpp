// SPDX-License-Identifier: Apache-2.0
#include "splits/given_split.h"

#include "dataset/wording.h"
#include "splits/random_split.h"
#include "splits/split_checks.h"
#include "support/errors.h"

namespace soundfold::splits {
namespace {

std::vector<std::size_t> clips_in(const dataset::Dataset& dataset, dataset::Split split) {
  std::vector<std::size_t> indices;
  for (std::size_t index = 0; index < dataset.clips.size(); ++index) {
    if (dataset.clips[index].split == split) indices.push_back(index);
  }
  return indices;
}

/// Moves a share of the training sources to validation.
void draw_validation(const dataset::Dataset& dataset, double fraction, std::uint64_t seed, Splits& splits) {
  dataset::Dataset training = dataset;
  training.clips.clear();
  for (const std::size_t index : splits.train) training.clips.push_back(dataset.clips[index]);
  const Splits drawn = split_at_random(training, fraction, 0, seed);
  const std::vector<std::size_t> given = std::move(splits.train);
  splits.train.clear();
  for (const std::size_t index : drawn.train) splits.train.push_back(given[index]);
  for (const std::size_t index : drawn.validation) splits.validation.push_back(given[index]);
}

}  // namespace

Splits split_as_given(const dataset::Dataset& dataset, double validation_fraction, std::uint64_t seed) {
  if (!dataset.gives_split(dataset::Split::train)) {
    throw DataError(dataset::in_quotes(dataset.name) + " puts no clip of the chosen classes into training");
  }
  Splits splits{clips_in(dataset, dataset::Split::train), clips_in(dataset, dataset::Split::validation),
                clips_in(dataset, dataset::Split::test), ""};
  const bool draws = splits.validation.empty() && validation_fraction > 0;
  if (draws) draw_validation(dataset, validation_fraction, seed, splits);
  splits.description = "as the data give them";
  for (const dataset::Split split : kSplits) {
    const std::size_t clips = splits.of(split).size();
    if (clips == 0) continue;
    splits.description += std::string(split == dataset::Split::train ? ": " : ", ") + dataset::split_name(split) + " " +
                          dataset::counted(clips, "clip");
    if (draws && split == dataset::Split::validation) {
      splits.description += " (drawn from those for training with seed " + std::to_string(seed) + ")";
    }
  }
  check_splits(dataset, splits);
  return splits;
}

}  // namespace soundfold::splits

// SPDX-License-Identifier: Apache-2.0
#include "splits/prepare_data.h"

#include "splits/fold_split.h"
#include "splits/given_split.h"
#include "splits/internal/join_equal_clips.h"
#include "splits/internal/split_settings.h"
#include "splits/random_split.h"
#include "splits/rounds.h"
#include "support/errors.h"
#include "support/logging.h"
#include "text/names.h"
#include "text/text.h"

#include <utility>

namespace soundfold::splits {
namespace {

std::vector<int> to_ints(const std::vector<std::int64_t>& values) {
  return {values.begin(), values.end()};
}

/// All clips of a cross-validation's folds, in the training split: each round has its own splits (rounds.h).
Splits all_rounds(const config::Experiment& experiment, dataset::Dataset& data) {
  make_folds(experiment.protocol, experiment.seed, data);
  const auto folds = protocol_folds(experiment.protocol, data);
  const auto rounds = make_rounds(experiment.protocol, folds, experiment.seed);
  auto splits = split_by_fold(data, {folds, {}, {}});
  splits.description = protocol_text(experiment.protocol, folds, experiment.seed);
  check_rounds(experiment.protocol, rounds, data, splits.train);
  return splits;
}

Splits fixed_splits(const config::Experiment& experiment, const dataset::Dataset& data) {
  const auto& folds = experiment.folds;
  const auto seed = static_cast<std::uint64_t>(experiment.seed);
  if (data.gives_splits()) return split_as_given(data, folds.validation_fraction, seed);
  if (data.folds().empty()) return split_at_random(data, folds.validation_fraction, folds.test_fraction, seed);
  return split_by_fold(data, {to_ints(folds.train), to_ints(folds.validation), to_ints(folds.test)});
}

void check_negative_class(const std::string& name, const std::vector<std::string>& classes) {
  if (name.empty() || find_name(name, classes)) return;
  const auto nearest = nearest_name(name, classes);
  throw UsageError("data.negative_class: " + name + " is not one of the classes" +
                   (nearest.empty() ? " (" + join(classes) + ")" : "; did you mean " + nearest + "?"));
}

}  // namespace

audio::DecodeOptions decode_options(const config::Data& data, int sample_rate_hz) {
  audio::DecodeOptions options;
  options.channels = data.channels;
  options.sample_rate_hz = sample_rate_hz;
  return options;
}

dataset::DataOptions data_options(const config::Data& data) {
  dataset::DataOptions options = data;
  // The default is ESC-50's place. Paths of a list start at the list's own folder unless another root is given.
  if (!data.manifest.empty() && data.root == config::Data().root) options.root.clear();
  return options;
}

SplitData prepare_data(const config::Experiment& experiment) {
  auto data = dataset::load(data_options(experiment.data));
  check_negative_class(experiment.data.negative_class, data.class_names);
  join_equal_clips(experiment, data);
  auto splits = experiment.protocol.cross_validates() ? all_rounds(experiment, data) : fixed_splits(experiment, data);
  logger().info("data: {}", data.description);
  logger().info("splits: {}", splits.description);
  for (const auto& line : idle_split_settings(experiment, data)) logger().warn("{}", line);
  return {std::make_shared<const dataset::Dataset>(std::move(data)), std::move(splits)};
}

}  // namespace soundfold::splits

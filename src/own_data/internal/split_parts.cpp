// SPDX-License-Identifier: Apache-2.0
#include "own_data/internal/split_parts.h"

#include "config/sweep.h"
#include "splits/prepare_data.h"
#include "splits/rounds.h"
#include "splits/split_checks.h"
#include "support/errors.h"

#include <utility>

namespace soundfold::own_data {
namespace {

std::string fold_text(const dataset::Clip& clip) {
  return clip.fold > 0 ? "fold " + std::to_string(clip.fold) : "";
}

/// Rounds for each member of a sweep, and one for the model of all folds.
std::size_t count_trainings(const config::Experiment& experiment, const dataset::Dataset& data) {
  const auto& protocol = experiment.protocol;
  std::size_t trainings = 1;
  if (protocol.cross_validates()) {
    trainings = splits::make_rounds(protocol, splits::protocol_folds(protocol, data), experiment.seed).size();
  }
  if (!experiment.sweep.empty()) trainings *= config::sweep_members(experiment).size();
  const bool final_model = protocol.cross_validates() && protocol.final_model != config::FinalModel::none;
  return trainings + (final_model ? 1 : 0);
}

}  // namespace

SplitParts split_parts(const config::Experiment& experiment) {
  SplitParts result;
  result.data = dataset::load(splits::data_options(experiment.data));
  const auto& clips = result.data.clips;
  result.parts.resize(clips.size());
  try {
    auto split = splits::prepare_data(experiment);
    splits::check_negatives(*split.dataset, split.splits);
    result.trainings = count_trainings(experiment, *split.dataset);
    result.splits = std::move(split.splits);
    for (std::size_t i = 0; i < clips.size() && experiment.protocol.cross_validates(); ++i) {
      result.parts[i] = fold_text(split.dataset->clips[i]);  // which may have been drawn
    }
  } catch (const DataError& error) {
    result.problem = error.what();
    for (std::size_t i = 0; i < clips.size(); ++i) result.parts[i] = fold_text(clips[i]);
  }
  if (experiment.protocol.cross_validates()) return result;
  for (const auto which : splits::kSplits) {
    for (const auto i : result.splits.of(which)) result.parts[i] = dataset::split_name(which);
  }
  return result;
}

}  // namespace soundfold::own_data

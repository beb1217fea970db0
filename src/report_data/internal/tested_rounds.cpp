// SPDX-License-Identifier: Apache-2.0
#include "report_data/internal/tested_rounds.h"

#include "baselines/baselines.h"
#include "runs/answers.h"
#include "splits/rounds.h"
#include "support/errors.h"
#include "text/npy.h"

namespace soundfold::report_data {
namespace fs = std::filesystem;
namespace {

/// The logits that a training left in its folder; none where it tested nothing.
void read_round_logits(const features::PreparedFeatures& prepared, TestedRound& round) {
  const auto& files = round.validation ? runs::kValidationFiles : runs::kTestFiles;
  if (round.validation && !fs::exists(round.folder / files.clip_logits)) round.test.clear();
  if (round.test.empty()) return;
  const auto clips = read_npy(round.folder / files.clip_logits);
  const auto windows = read_npy(round.folder / files.window_logits);
  std::int64_t frame_count = 0;
  for (const auto clip : round.test) {
    frame_count += prepared.origin->embedded.records[static_cast<std::size_t>(clip)].patch_count;
  }
  const auto classes = static_cast<std::int64_t>(prepared.data.dataset->class_names.size());
  const std::vector<std::int64_t> clip_shape = {static_cast<std::int64_t>(round.test.size()), classes};
  if (clips.shape != clip_shape || windows.shape != std::vector<std::int64_t>{frame_count, classes}) {
    throw DataError(round.folder.string() + ": the logits there are not those of its clips");
  }
  round.clip_logits = clips.values;
  round.window_logits = windows.values;
}

}  // namespace

std::vector<TestedRound> tested_rounds(const config::Experiment& experiment, const features::PreparedFeatures& prepared,
                                       const nlohmann::json& result, const fs::path& run) {
  const auto clips = baselines::tested_clips(experiment, prepared);
  std::vector<TestedRound> rounds;
  if (!experiment.protocol.cross_validates()) {
    const auto& only = clips.front();
    rounds.push_back({"", run, result, only.train, only.tested, {}, {}, only.validation});
  } else {
    const auto folds = splits::protocol_folds(experiment.protocol, *prepared.data.dataset);
    for (const auto& round : splits::make_rounds(experiment.protocol, folds, experiment.seed)) {
      const auto number = rounds.size();
      const auto& own = clips.at(number);
      rounds.push_back({round.description(),
                        run / "rounds" / round.name(),
                        result.at("rounds").at(number),
                        own.train,
                        own.tested,
                        {},
                        {},
                        false});
    }
  }
  for (auto& round : rounds) read_round_logits(prepared, round);
  return rounds;
}

evaluation::Predictions all_predictions(const std::vector<TestedRound>& rounds, const dataset::Dataset& data) {
  evaluation::Predictions all;
  all.class_count = static_cast<std::int64_t>(data.class_names.size());
  all.multi_label = data.multi_label;
  for (const auto& round : rounds) {
    all.logits.insert(all.logits.end(), round.clip_logits.begin(), round.clip_logits.end());
    for (const auto clip : round.test) all.labels.push_back(data.clips[static_cast<std::size_t>(clip)].labels);
  }
  return all;
}

}  // namespace soundfold::report_data

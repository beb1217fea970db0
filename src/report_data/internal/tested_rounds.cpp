// SPDX-License-Identifier: Apache-2.0
#include "report_data/internal/tested_rounds.h"

#include "runs/run_folder.h"
#include "splits/rounds.h"
#include "support/errors.h"
#include "text/npy.h"

namespace soundfold::report_data {
namespace fs = std::filesystem;
namespace {

std::vector<std::int64_t> numbers_of(const std::vector<std::size_t>& clips) {
  return {clips.begin(), clips.end()};
}

/// The logits that a training left in its folder; none where it tested nothing.
void read_round_logits(const features::PreparedFeatures& prepared, TestedRound& round) {
  if (round.test.empty()) return;
  const auto clips = read_npy(round.folder / runs::kClipLogitsFile);
  const auto frames = read_npy(round.folder / runs::kFrameLogitsFile);
  std::int64_t frame_count = 0;
  for (const auto clip : round.test) {
    frame_count += prepared.origin->embedded.records[static_cast<std::size_t>(clip)].patch_count;
  }
  const auto classes = static_cast<std::int64_t>(prepared.data.dataset->class_names.size());
  const std::vector<std::int64_t> clip_shape = {static_cast<std::int64_t>(round.test.size()), classes};
  if (clips.shape != clip_shape || frames.shape != std::vector<std::int64_t>{frame_count, classes}) {
    throw DataError(round.folder.string() + ": the logits there are not those of its test clips");
  }
  round.clip_logits = clips.values;
  round.frame_logits = frames.values;
}

}  // namespace

std::vector<TestedRound> tested_rounds(const config::Experiment& experiment, const features::PreparedFeatures& prepared,
                                       const nlohmann::json& result, const fs::path& run) {
  const auto& data = prepared.data;
  std::vector<TestedRound> rounds;
  if (!experiment.protocol.cross_validates()) {
    rounds.push_back({"", run, result, numbers_of(data.splits.train), numbers_of(data.splits.test), {}, {}});
  } else {
    const auto folds = splits::protocol_folds(experiment.protocol, *data.dataset);
    std::size_t number = 0;
    for (const auto& round : splits::make_rounds(experiment.protocol, folds, experiment.seed)) {
      const auto clips = splits::round_splits(round, *data.dataset, data.splits.train);
      rounds.push_back({round.description(),
                        run / "rounds" / round.name(),
                        result.at("rounds").at(number++),
                        numbers_of(clips.train),
                        numbers_of(clips.test),
                        {},
                        {}});
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

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "event_fitting/scored_recording.h"
#include "runtime/classifier.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

namespace soundfold::event_assessment {

/// Runs `classifier` over a recording, block by block. Probabilities are rounded to float32, as they are kept.
/// `advance` is told how many seconds were read since the last call. Throws DataError as audio::stream_waveform,
/// Interrupted on request.
event_fitting::ScoredRecording score_recording(const runtime::Classifier& classifier, const std::filesystem::path& path,
                                               const std::function<void(double seconds)>& advance = {});

/// Scores of recordings in a folder, so that another evaluation, or one that was interrupted, need not compute them
/// again. What was scored by another model, at another hop, or of a file that has changed, is not found.
class ScoreFolder {
 public:
  /// `model`: a digest of the model's network and head.
  ScoreFolder(std::filesystem::path folder, std::string model);
  std::optional<event_fitting::ScoredRecording> find(const std::filesystem::path& recording, double hop_s) const;
  void keep(const event_fitting::ScoredRecording& scored) const;

 private:
  std::filesystem::path place(const std::filesystem::path& recording, double hop_s) const;
  std::filesystem::path folder_;
  std::string model_;
};

}  // namespace soundfold::event_assessment

// SPDX-License-Identifier: Apache-2.0
#include "event_assessment/recording_scores.h"

#include "audio/waveform.h"
#include "support/errors.h"
#include "support/file_state.h"
#include "support/files.h"
#include "support/hashing.h"
#include "support/interrupt.h"
#include "text/npy.h"

#include <nlohmann/json.hpp>

#include <utility>

namespace soundfold::event_assessment {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kFixedColumns = 2;  ///< level and silence, before the probabilities

nlohmann::json facts_of(const event_fitting::ScoredRecording& scored) {
  return {{"seconds", scored.seconds}, {"hop_s", scored.hop_s}, {"window_s", scored.window_s}};
}

}  // namespace

event_fitting::ScoredRecording score_recording(const runtime::Classifier& classifier, const fs::path& path,
                                               const std::function<void(double seconds)>& advance) {
  event_fitting::ScoredRecording scored;
  scored.path = path.string();
  scored.hop_s = classifier.window_hop_seconds();
  scored.window_s = classifier.window_seconds();
  const auto pass = classifier.start([&](const runtime::Window& window) {
    for (const double probability : window.probabilities)
      scored.probabilities.push_back(static_cast<float>(probability));
    scored.levels_dbfs.push_back(window.level_dbfs);
    scored.silent.push_back(window.silent ? 1 : 0);
  });
  audio::DecodeOptions options;
  options.sample_rate_hz = classifier.sample_rate_hz();
  options.channels = audio::channels_named(classifier.channels());
  const auto count = audio::stream_waveform(
      path,
      [&](const float* samples, std::size_t size) {
        throw_if_interrupted("stopped; with --scores the same command continues");
        pass->push(samples, size);
        if (advance) advance(static_cast<double>(size) / options.sample_rate_hz);
      },
      options);
  pass->finish();
  scored.seconds = static_cast<double>(count) / options.sample_rate_hz;
  return scored;
}

ScoreFolder::ScoreFolder(fs::path folder, std::string model) : folder_(std::move(folder)), model_(std::move(model)) {
  make_folder(folder_);
}

fs::path ScoreFolder::place(const fs::path& recording, double hop_s) const {
  const std::string key = model_ + "\n" + std::to_string(hop_s) + "\n" +
                          absolute_name(fs::absolute(recording).string()) + "\n" + file_state(recording).text();
  return folder_ / (recording.stem().string() + "_" + hash_bytes(HashKind::xxh3_128, key).substr(0, 16));
}

std::optional<event_fitting::ScoredRecording> ScoreFolder::find(const fs::path& recording, double hop_s) const {
  const auto base = place(recording, hop_s).string();
  if (!fs::exists(base + ".json")) return std::nullopt;  // written last
  const auto facts = nlohmann::json::parse(read_file(base + ".json"), nullptr, false);
  const auto table = read_npy(base + ".npy");
  if (!facts.is_object() || table.shape.size() != 2 || table.shape[1] <= kFixedColumns) {
    throw DataError(base + ".json: not what an evaluation kept; remove it");
  }
  event_fitting::ScoredRecording scored;
  scored.path = recording.string();
  scored.seconds = facts.value("seconds", 0.0);
  scored.hop_s = facts.value("hop_s", 0.0);
  scored.window_s = facts.value("window_s", 0.0);
  const auto columns = static_cast<std::size_t>(table.shape[1]);
  for (std::size_t at = 0; at < table.values.size(); at += columns) {
    scored.levels_dbfs.push_back(table.values[at]);
    scored.silent.push_back(table.values[at + 1] != 0 ? 1 : 0);
    for (std::size_t k = kFixedColumns; k < columns; ++k) scored.probabilities.push_back(table.values[at + k]);
  }
  return scored;
}

void ScoreFolder::keep(const event_fitting::ScoredRecording& scored) const {
  const std::size_t windows = scored.window_count();
  if (windows == 0) return;
  const std::size_t classes = scored.probabilities.size() / windows;
  std::vector<float> values;
  for (std::size_t i = 0; i < windows; ++i) {
    values.push_back(scored.levels_dbfs[i]);
    values.push_back(scored.silent[i] != 0 ? 1 : 0);
    for (std::size_t k = 0; k < classes; ++k) {
      values.push_back(static_cast<float>(scored.probabilities[i * classes + k]));
    }
  }
  const auto base = place(scored.path, scored.hop_s).string();
  write_npy(base + ".npy", {static_cast<std::int64_t>(windows), static_cast<std::int64_t>(classes) + kFixedColumns},
            values.data());
  write_file_atomically(base + ".json", facts_of(scored).dump() + "\n");
}

}  // namespace soundfold::event_assessment

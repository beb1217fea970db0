// SPDX-License-Identifier: Apache-2.0
#include "features/silent_frames.h"

#include "support/errors.h"

#include <algorithm>
#include <sstream>

namespace soundfold::features {
namespace {

std::string short_text(double value) {
  std::ostringstream text;
  text << value;
  return text.str();
}

/// One flag per frame; the least silent frame of a clip of silent frames is not among them.
std::vector<bool> find_silent(const heads::FeatureSet& set, const torch::Tensor& measured,
                              const config::Silence& silence) {
  const bool by_level = silence.measure == config::SilenceMeasure::level;
  const auto first = set.first_frame;
  const auto* begin = first.data_ptr<std::int64_t>();
  const auto* value = measured.data_ptr<float>();
  // Larger is more silent in both measures from here on.
  const auto silence_at = [&](std::int64_t frame) { return by_level ? -double{value[frame]} : double{value[frame]}; };
  const auto is_silent = [&](std::int64_t frame) {
    return by_level ? value[frame] < silence.threshold_dbfs : value[frame] >= silence.threshold_score;
  };
  std::vector<bool> silent(static_cast<std::size_t>(set.frame_count()));
  for (std::int64_t clip = 0; clip < set.clip_count(); ++clip) {
    bool all = true;
    std::int64_t loudest = begin[clip];
    for (auto frame = begin[clip]; frame < begin[clip + 1]; ++frame) {
      silent[static_cast<std::size_t>(frame)] = is_silent(frame);
      all = all && is_silent(frame);
      if (silence_at(frame) < silence_at(loudest)) loudest = frame;
    }
    if (all) silent[static_cast<std::size_t>(loudest)] = false;
  }
  return silent;
}

void drop(heads::FeatureSet& set, const std::vector<bool>& silent) {
  const auto owner = set.clip_of_frame.to(torch::kCPU).contiguous();
  std::vector<std::int64_t> kept, clip_of_frame, first_frame(static_cast<std::size_t>(set.clip_count() + 1), 0);
  for (std::size_t frame = 0; frame < silent.size(); ++frame) {
    if (silent[frame]) continue;
    const auto clip = owner.data_ptr<std::int64_t>()[frame];
    kept.push_back(static_cast<std::int64_t>(frame));
    clip_of_frame.push_back(clip);
    first_frame[static_cast<std::size_t>(clip) + 1] = static_cast<std::int64_t>(kept.size());
  }
  const auto device = set.features.device();
  const auto rows = torch::tensor(kept, torch::kLong);
  set.features = set.features.index_select(0, rows.to(device));
  if (set.level_dbfs.defined()) set.level_dbfs = set.level_dbfs.index_select(0, rows);
  set.clip_of_frame = torch::tensor(clip_of_frame, torch::kLong).to(device);
  set.first_frame = torch::tensor(first_frame, torch::kLong).to(device);
}

void weigh(heads::FeatureSet& set, const std::vector<bool>& silent, double weight) {
  auto weights = torch::ones({set.frame_count()}, torch::kFloat64);
  for (std::size_t frame = 0; frame < silent.size(); ++frame) {
    if (silent[frame]) weights.data_ptr<double>()[frame] = weight;
  }
  set.frame_weights = (weights / weights.mean()).to(set.features.device(), torch::kFloat32);
}

}  // namespace

torch::Tensor silence_of_frames(const std::vector<std::size_t>& indices,
                                const std::vector<extraction::ExtractedClip>& extracted, const store::Store& store,
                                const config::Silence& silence, std::int64_t silence_class) {
  const bool by_level = silence.measure == config::SilenceMeasure::level;
  std::vector<float> values;
  for (const auto index : indices) {
    const auto& clip = extracted.at(index);
    if (clip.key.empty()) continue;
    const bool found = store.read(clip.key, [&](const auto& record) {
      if (!by_level && (silence_class < 0 || silence_class >= record.score_count)) {
        throw DataError("silence.measure: score needs a network with a class Silence; use level");
      }
      for (std::int64_t patch = 0; patch < record.patch_count; ++patch) {
        values.push_back(by_level ? record.level_dbfs[patch]
                                  : record.scores[patch * record.score_count + silence_class]);
      }
    });
    if (!found)
      throw DataError("store " + store.folder().string() + ": lost the record " + clip.key + "; extract again");
  }
  return torch::tensor(values, torch::kFloat32);
}

SilentFrames treat_silent_frames(heads::FeatureSet& set, const torch::Tensor& measured,
                                 const config::Silence& silence) {
  SilentFrames result;
  result.frames = set.frame_count();
  result.rule = silence.measure == config::SilenceMeasure::level
                    ? "below " + short_text(silence.threshold_dbfs) + " dBFS"
                    : "score for Silence of at least " + short_text(silence.threshold_score);
  result.action = silence.frames == config::SilentUse::drop ? "dropped" : "weighted " + short_text(silence.weight);
  if (silence.frames == config::SilentUse::keep) {
    result.action = "kept";
    return result;
  }
  if (measured.numel() != set.frame_count()) {
    throw UsageError("silent frames: " + std::to_string(measured.numel()) + " measurements for " +
                     std::to_string(set.frame_count()) + " frames");
  }
  const auto silent = find_silent(set, measured, silence);
  result.silent = std::count(silent.begin(), silent.end(), true);
  if (silence.frames == config::SilentUse::drop) {
    drop(set, silent);
  } else {
    weigh(set, silent, silence.weight);
  }
  return result;
}

std::string SilentFrames::text() const {
  return std::to_string(silent) + " of " + std::to_string(frames) + " training frames are silent (" + rule +
         "): " + action;
}

}  // namespace soundfold::features

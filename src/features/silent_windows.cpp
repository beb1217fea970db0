// SPDX-License-Identifier: Apache-2.0
#include "features/silent_windows.h"

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

/// One flag per window; the least silent window of a clip of silent windows is not among them.
std::vector<bool> find_silent(const heads::FeatureSet& set, const torch::Tensor& measured,
                              const config::Silence& silence) {
  const bool by_level = silence.measure == config::SilenceMeasure::level;
  const auto first = set.first_frame;
  const auto* begin = first.data_ptr<std::int64_t>();
  const auto* value = measured.data_ptr<float>();
  // Larger is more silent in both measures from here on.
  const auto silence_at = [&](std::int64_t window) {
    return by_level ? -double{value[window]} : double{value[window]};
  };
  const auto is_silent = [&](std::int64_t window) {
    return by_level ? value[window] < silence.threshold_dbfs : value[window] >= silence.threshold_score;
  };
  std::vector<bool> silent(static_cast<std::size_t>(set.frame_count()));
  for (std::int64_t clip = 0; clip < set.clip_count(); ++clip) {
    bool all = true;
    std::int64_t loudest = begin[clip];
    for (auto window = begin[clip]; window < begin[clip + 1]; ++window) {
      silent[static_cast<std::size_t>(window)] = is_silent(window);
      all = all && is_silent(window);
      if (silence_at(window) < silence_at(loudest)) loudest = window;
    }
    if (all) silent[static_cast<std::size_t>(loudest)] = false;
  }
  return silent;
}

void drop(heads::FeatureSet& set, const std::vector<bool>& silent) {
  const auto owner = set.clip_of_frame.to(torch::kCPU).contiguous();
  std::vector<std::int64_t> kept, clip_of_frame, first_frame(static_cast<std::size_t>(set.clip_count() + 1), 0);
  for (std::size_t window = 0; window < silent.size(); ++window) {
    if (silent[window]) continue;
    const auto clip = owner.data_ptr<std::int64_t>()[window];
    kept.push_back(static_cast<std::int64_t>(window));
    clip_of_frame.push_back(clip);
    first_frame[static_cast<std::size_t>(clip) + 1] = static_cast<std::int64_t>(kept.size());
  }
  const auto device = set.device();
  heads::keep_frames(set, torch::tensor(kept, torch::kLong));
  set.clip_of_frame = torch::tensor(clip_of_frame, torch::kLong).to(device);
  set.first_frame = torch::tensor(first_frame, torch::kLong).to(device);
}

void weigh(heads::FeatureSet& set, const std::vector<bool>& silent, double weight) {
  auto weights = torch::ones({set.frame_count()}, torch::kFloat64);
  for (std::size_t window = 0; window < silent.size(); ++window) {
    if (silent[window]) weights.data_ptr<double>()[window] = weight;
  }
  set.frame_weights = (weights / weights.mean()).to(set.device(), torch::kFloat32);
}

}  // namespace

torch::Tensor silence_of_windows(const std::vector<std::size_t>& indices,
                                 const std::vector<extraction::ExtractedClip>& extracted, const store::Store& store,
                                 const config::Silence& silence, std::optional<std::size_t> silence_class) {
  const bool by_level = silence.measure == config::SilenceMeasure::level;
  const std::int64_t column = silence_class ? static_cast<std::int64_t>(*silence_class) : -1;
  std::vector<float> values;
  for (const auto index : indices) {
    const auto& clip = extracted.at(index);
    if (clip.key.empty()) continue;
    const bool found = store.read(clip.key, [&](const auto& whole) {
      const auto record = whole.part(clip.first_patch, clip.patch_count);
      if (!by_level && (column < 0 || column >= record.score_count)) {
        throw DataError("silence.measure: score needs a network with a class Silence; use level");
      }
      for (std::int64_t patch = 0; patch < record.patch_count; ++patch) {
        values.push_back(by_level ? record.level_dbfs[patch] : record.scores[patch * record.score_count + column]);
      }
    });
    if (!found)
      throw DataError("store " + store.folder().string() + ": lost the record " + clip.key + "; extract again");
  }
  return torch::tensor(values, torch::kFloat32);
}

SilentWindows treat_silent_windows(heads::FeatureSet& set, const torch::Tensor& measured,
                                   const config::Silence& silence) {
  SilentWindows result;
  result.windows = set.frame_count();
  result.rule = silence.measure == config::SilenceMeasure::level
                    ? "below " + short_text(silence.threshold_dbfs) + " dBFS"
                    : "score for Silence of at least " + short_text(silence.threshold_score);
  result.action = silence.windows == config::SilentUse::drop ? "dropped" : "weighted " + short_text(silence.weight);
  if (silence.windows == config::SilentUse::keep) {
    result.action = "kept";
    return result;
  }
  if (measured.numel() != set.frame_count()) {
    throw UsageError("silent windows: " + std::to_string(measured.numel()) + " measurements for " +
                     std::to_string(set.frame_count()) + " windows");
  }
  const auto silent = find_silent(set, measured, silence);
  result.silent = std::count(silent.begin(), silent.end(), true);
  if (silence.windows == config::SilentUse::drop) {
    drop(set, silent);
  } else {
    weigh(set, silent, silence.weight);
  }
  return result;
}

std::string SilentWindows::text() const {
  return std::to_string(silent) + " of " + std::to_string(windows) + " training windows are silent (" + rule +
         "): " + action;
}

}  // namespace soundfold::features

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engines/backbone.h"
#include "network/description.h"

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

/// CED beside the answers of its published checkpoints.
namespace soundfold::ced {

/// Largest difference of a logit that still is rounding. Those known are below 1e-3; exchanged, shifted or damaged
/// tensors move logits by far more.
inline constexpr double kLogitTolerance = 1e-2;

/// The published logits of one size, by signal: "sine440_10s", "noise_10s", "sine1000_3s", "silence_2s".
using PublishedLogits = std::map<std::string, std::vector<float>>;

/// Reads <folder>/ced-<size>.logits.json, as fetcher gets it from findit-studio/coremlit: {"clips": [{"id", "logits"},
/// ...]}. Throws DataError when the file is missing or not that.
PublishedLogits read_published_logits(const std::filesystem::path& folder, network::CedSize size);

/// Whether that file is there.
bool has_published_logits(const std::filesystem::path& folder, network::CedSize size);

/// What became of one signal.
struct SignalCheck {
  std::string signal;
  double difference = 0;  ///< the largest of a logit; NaN when one is not a number
  std::string at_class;   ///< where
  bool passed() const { return difference <= kLogitTolerance; }
};

/// Runs `backbone` on the four signals, each followed by zeros to 10 s as those who published the logits did it, and
/// compares all logits. White noise is read from <folder>/noise_10s.wav and left out when that is not there. Throws
/// DataError when `published` lacks a signal or a class.
std::vector<SignalCheck> check_published(engines::Backbone& backbone, const PublishedLogits& published,
                                         const std::filesystem::path& folder);

/// The logits [classes] that a backbone gives for a waveform of one patch at most: of its scores. Throws UsageError for
/// a longer one.
std::vector<double> logits_of(engines::Backbone& backbone, const std::vector<float>& waveform);

/// The signals by name but for white noise, at 16 kHz, rounded to 16 bits.
std::map<std::string, std::vector<float>> check_signals();

}  // namespace soundfold::ced

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

/// YAMNet's numbers (docs/yamnet.md has the recipe and its sources). Everything here is fixed by the weights, except
/// the patch hop.
namespace soundfold::frontend {

inline constexpr int kSampleRateHz = 16'000;
inline constexpr int kWindowSamples = 400;  ///< 25 ms analysis window
inline constexpr int kHopSamples = 160;     ///< 10 ms between frames
inline constexpr int kFftLength = 512;
inline constexpr int kSpectrumBins = 257;  ///< kFftLength / 2 + 1
inline constexpr int kMelBands = 64;
inline constexpr double kMelLowHz = 125.0;
inline constexpr double kMelHighHz = 7500.0;
inline constexpr double kLogOffset = 0.001;
inline constexpr int kPatchFrames = 96;             ///< 0.96 s
inline constexpr int kPatchHopFrames = 48;          ///< 0.48 s, YAMNet's own; may be changed
inline constexpr int kPatchWindowSamples = 15'600;  ///< samples that one patch sees
inline constexpr int kPatchValues = kPatchFrames * kMelBands;

/// Bumped whenever log-mel values or patch boundaries change; part of the embedding store's key, so that old records
/// are never mistaken for new ones. History: 1, 2026-11: the recipe as ported from YAMNet.
inline constexpr int kConformanceNumber = 1;

/// Number of patches of a waveform of `sample_count` samples: 1 + ceil(max(0, n - 15600) / (160 * patch_hop_frames)).
/// Integer arithmetic; at least 1. Throws UsageError when `patch_hop_frames` is below 1 or `sample_count` is negative.
std::int64_t patch_count(std::int64_t sample_count, int patch_hop_frames = kPatchHopFrames);

/// Samples after zeros are appended at the end so that the last patch is whole:
/// 15600 + 160 * patch_hop_frames * (patch_count - 1).
std::int64_t padded_length(std::int64_t sample_count, int patch_hop_frames = kPatchHopFrames);

/// Spectrogram frames of `padded_samples` samples: 1 + (N - 400) / 160.
std::int64_t frame_count(std::int64_t padded_samples);

}  // namespace soundfold::frontend

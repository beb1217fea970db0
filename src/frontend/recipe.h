// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

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
inline constexpr int kMaxPatchHopFrames = 1'000;    ///< 10 s with YAMNet; every program and file keeps to this limit
inline constexpr int kPatchWindowSamples = 15'600;  ///< samples that one patch sees
inline constexpr int kPatchValues = kPatchFrames * kMelBands;

/// What a network takes: how a waveform becomes patches of log-mel values. YAMNet's numbers, unless set otherwise.
struct InputRecipe {
  int sample_rate_hz = kSampleRateHz;
  int window_samples = kWindowSamples;  ///< of a frame
  int hop_samples = kHopSamples;        ///< between frames
  int fft_length = kFftLength;          ///< the window, and zeros after it
  int mel_bands = kMelBands;
  double mel_low_hz = kMelLowHz;
  double mel_high_hz = kMelHighHz;
  double log_offset = kLogOffset;          ///< ln(mel + offset); in decibels the least mel value
  int patch_frames = kPatchFrames;         ///< frames of one patch
  int patch_hop_frames = kPatchHopFrames;  ///< between patches, where nothing else is asked for

  /// Frame t has its middle at sample t * hop_samples, and the waveform is mirrored beyond both ends. Otherwise frame t
  /// begins there.
  bool centered = false;
  bool power = false;  ///< |X|^2 goes through the mel bands, not |X|
  /// Above 0 (centered only): all this is of the differences x[i + 1] - preemphasis * x[i], one fewer than samples.
  double preemphasis = 0;
  bool symmetric_window = false;  ///< the window's last sample is 0 as its first, not the one after it
  bool triangles_in_hz = false;   ///< mel bands are triangles over frequency, not over mel
  bool decibels = false;          ///< 10 log10(max(mel, log_offset)), not ln(mel + log_offset)
  double top_db = 0;  ///< decibels: raises what lies more than this below the largest value of a patch; 0: nothing
  /// Above 0 (centered only): a waveform of fewer frames than a patch is a patch of its own length, of at least so many
  /// frames, and the last patch of a longer one lies at its end. 0: all patches are whole, zeros follow the waveform.
  int min_patch_frames = 0;
  /// Above 0 (where patches may be short): a network gives a row for each so many frames of a patch, from the
  /// waveform's start on (row_count()). 0: a patch is one row.
  int row_frames = 0;

  int spectrum_bins() const { return fft_length / 2 + 1; }
  std::int64_t patch_values() const { return std::int64_t{patch_frames} * mel_bands; }
  /// Samples that preemphasis takes away.
  int lost_samples() const { return preemphasis > 0 ? 1 : 0; }
  /// Whether patches may have fewer frames than patch_frames.
  bool has_short_patches() const { return min_patch_frames > 0; }
  /// Rows of one patch. Frames after the last whole one are in none.
  std::int64_t rows_of_patch(std::int64_t frames) const { return row_frames > 0 ? frames / row_frames : 1; }
  /// Frames of a row, and from one row to the next: of a patch, and of `patch_hop`, where a patch is one row.
  int frames_of_row() const { return row_frames > 0 ? row_frames : patch_frames; }
  int row_hop_frames(int patch_hop) const { return row_frames > 0 ? row_frames : patch_hop; }
  /// Samples that one patch sees; of centered frames those between the first hop's start and the last one's end.
  int patch_window_samples() const {
    return centered ? patch_frames * hop_samples : window_samples + (patch_frames - 1) * hop_samples;
  }
  /// Samples between patches that start `patch_hop` frames apart.
  std::int64_t patch_hop_samples(std::int64_t patch_hop) const { return patch_hop * hop_samples; }

  bool operator==(const InputRecipe& other) const {
    return sample_rate_hz == other.sample_rate_hz && window_samples == other.window_samples &&
           hop_samples == other.hop_samples && fft_length == other.fft_length && mel_bands == other.mel_bands &&
           mel_low_hz == other.mel_low_hz && mel_high_hz == other.mel_high_hz && log_offset == other.log_offset &&
           patch_frames == other.patch_frames && patch_hop_frames == other.patch_hop_frames &&
           centered == other.centered && power == other.power && triangles_in_hz == other.triangles_in_hz &&
           preemphasis == other.preemphasis && symmetric_window == other.symmetric_window &&
           decibels == other.decibels && top_db == other.top_db && min_patch_frames == other.min_patch_frames &&
           row_frames == other.row_frames;
  }
};

/// Throws UsageError, which names the number at fault, unless a front end can be made of the recipe: rates and sizes
/// within what memory allows, an even fft_length of at least window_samples, mel bands between 0 Hz and half the rate;
/// centered frames have windows of an even number of samples, hops of less than half of it, and min_patch_frames
/// (others have none, and no preemphasis).
void check_recipe(const InputRecipe& recipe);

/// The recipe on one line, but for the patch hop: equal recipes give equal texts.
std::string front_end_text(const InputRecipe& recipe);

/// Whether the recipe, but for the patch hop, is YAMNet's.
bool is_yamnet_front_end(const InputRecipe& recipe);

/// Bumped whenever log-mel values or patch boundaries change; part of the embedding store's key, so that old records
/// are never mistaken for new ones. History: 1, 2026-11: the recipe as ported from YAMNet; 2, 2026-11: every patch
/// starts inside the waveform (nothing else for hops up to 97).
inline constexpr int kConformanceNumber = 2;

/// Throws UsageError unless 1 <= patch_hop_frames <= kMaxPatchHopFrames.
void check_patch_hop(std::int64_t patch_hop_frames);
/// Also when a patch has several rows and the hop is no multiple of row_frames, or above patch_frames.
void check_patch_hop(std::int64_t patch_hop_frames, const InputRecipe& recipe);

/// Number of patches of a waveform of n samples, with a hop of h = hop_samples * patch_hop_frames samples:
/// 1 + ceil(max(0, n - w) / h), w = patch_window_samples() (YAMNet: h = 160 * patch_hop_frames, w = 15600), but no
/// patch starts behind the last sample: at most ceil(n / h), and at least 1. The bound matters only for h > w, where
/// YAMNet's rule would add patches of nothing but padding. Where patches may be short: with F frames, p = patch_frames
/// and a hop of h frames 1 + ceil(max(0, F - p) / h), and of h > p only whole ones, 1 + floor(max(0, F - p) / h).
/// With several rows in a patch, F is what these rows have. Integer arithmetic. Throws UsageError for a hop that
/// check_patch_hop() refuses and a negative `sample_count`.
std::int64_t patch_count(std::int64_t sample_count, int patch_hop_frames = kPatchHopFrames,
                         const InputRecipe& recipe = {});

/// The sample at which patch `patch`, from 0, of a waveform of n samples begins: patch * h; where patches may be short,
/// the last of several lies at the waveform's end, or with several rows in a patch at the last whole row's.
std::int64_t patch_start(std::int64_t patch, std::int64_t sample_count, int patch_hop_frames = kPatchHopFrames,
                         const InputRecipe& recipe = {});

/// Rows that a network gives for a waveform: one for each patch, or with r = row_frames max(1, floor(F / r)) of its F
/// frames. Those of overlapping patches are counted, and given, once: by the earlier patch.
std::int64_t row_count(std::int64_t sample_count, int patch_hop_frames = kPatchHopFrames,
                       const InputRecipe& recipe = {});

/// The sample at which row `row`, from 0, begins: patch_start(), or row * row_frames * hop_samples.
std::int64_t row_start(std::int64_t row, std::int64_t sample_count, int patch_hop_frames = kPatchHopFrames,
                       const InputRecipe& recipe = {});

/// Samples after zeros are appended at the end so that the last patch is whole:
/// max(n, w + h * (patch_count - 1)); where patches may be short: so that there are min_patch_frames.
std::int64_t padded_length(std::int64_t sample_count, int patch_hop_frames = kPatchHopFrames,
                           const InputRecipe& recipe = {});

/// Spectrogram frames of `padded_samples` samples: 1 + (N - window_samples) / hop_samples, centered 1 + N /
/// hop_samples, with preemphasis 1 + (N - 1) / hop_samples.
std::int64_t frame_count(std::int64_t padded_samples, const InputRecipe& recipe = {});

}  // namespace soundfold::frontend

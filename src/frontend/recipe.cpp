// SPDX-License-Identifier: Apache-2.0
#include "frontend/recipe.h"

#include "support/errors.h"

#include <algorithm>
#include <iomanip>
#include <locale>
#include <sstream>
#include <string>

namespace soundfold::frontend {
namespace {

/// Beyond every front end that is known, and what a hostile file can make us allocate is some 100 MB.
constexpr int kMostHz = 768'000, kMostFftLength = 65'536, kMostMelBands = 1'024;
constexpr std::int64_t kMostPatchValues = 1'000'000, kMostPatchSamples = 100'000'000;

void check_number(const char* name, std::int64_t given, std::int64_t most) {
  if (given >= 1 && given <= most) return;
  throw UsageError("input recipe: " + std::string(name) + " is " + std::to_string(given) + ", 1 to " +
                   std::to_string(most) + " are allowed");
}

void refuse_recipe(bool problem, const std::string& text) {
  if (problem) throw UsageError("input recipe: " + text);
}

void check_centered(const InputRecipe& recipe) {
  check_number("min_patch_frames", recipe.min_patch_frames, recipe.patch_frames);
  refuse_recipe(recipe.window_samples % 2 != 0, "a centered window has an odd number of samples");
  const bool mirrored = std::int64_t{recipe.min_patch_frames - 1} * recipe.hop_samples > recipe.window_samples / 2;
  refuse_recipe(recipe.hop_samples >= recipe.window_samples / 2, "a centered hop is not below half a window");
  refuse_recipe(!mirrored, "min_patch_frames is too small to mirror half a window at each end");
}

/// Frames of a waveform that patches may have.
std::int64_t used_frames(std::int64_t sample_count, const InputRecipe& recipe) {
  const std::int64_t frames = frame_count(sample_count, recipe);
  return recipe.row_frames > 0 ? frames - frames % recipe.row_frames : frames;
}

void check_rows(const InputRecipe& recipe) {
  const int rows = recipe.row_frames;
  refuse_recipe(rows < 0 || (rows > 0 && !recipe.has_short_patches()), "row_frames goes with min_patch_frames only");
  refuse_recipe(
      rows > 0 && (recipe.patch_frames % rows != 0 || recipe.min_patch_frames < rows),
      "patch_frames is no multiple of row_frames (" + std::to_string(rows) + "), or min_patch_frames below it");
  if (rows > 0) check_patch_hop(recipe.patch_hop_frames, recipe);
}

/// Patches beyond the first of a waveform with short patches.
std::int64_t hops_of_frames(std::int64_t frames, std::int64_t patch_hop, const InputRecipe& recipe) {
  const std::int64_t beyond = std::max<std::int64_t>(0, frames - recipe.patch_frames);
  return patch_hop > recipe.patch_frames ? beyond / patch_hop : (beyond + patch_hop - 1) / patch_hop;
}

}  // namespace

void check_recipe(const InputRecipe& recipe) {
  check_number("sample_rate_hz", recipe.sample_rate_hz, kMostHz);
  check_number("fft_length", recipe.fft_length, kMostFftLength);
  check_number("window_samples", recipe.window_samples, recipe.fft_length);
  check_number("hop_samples", recipe.hop_samples, kMostHz);
  check_number("mel_bands", recipe.mel_bands, kMostMelBands);
  check_number("patch_frames", recipe.patch_frames, kMostPatchValues / recipe.mel_bands);
  check_number("samples of a patch", recipe.window_samples + std::int64_t{recipe.patch_frames - 1} * recipe.hop_samples,
               kMostPatchSamples);
  check_patch_hop(recipe.patch_hop_frames);
  refuse_recipe(recipe.fft_length % 2 != 0, "fft_length is odd");
  const bool frequencies = recipe.mel_low_hz >= 0 && recipe.mel_high_hz > recipe.mel_low_hz &&
                           recipe.mel_high_hz <= recipe.sample_rate_hz / 2.0;
  refuse_recipe(!frequencies, "mel_low_hz and mel_high_hz are not in order between 0 and half the sample rate");
  refuse_recipe(!(recipe.log_offset > 0 && recipe.log_offset < 1), "log_offset is not between 0 and 1");
  refuse_recipe(!(recipe.top_db >= 0 && recipe.top_db < 1'000) || (recipe.top_db > 0 && !recipe.decibels),
                "top_db is not 0, and in decibels not between 0 and 1000");
  refuse_recipe(!(recipe.preemphasis >= 0 && recipe.preemphasis < 1) || (recipe.preemphasis > 0 && !recipe.centered),
                "preemphasis is not 0, and of centered frames not between 0 and 1");
  refuse_recipe(recipe.symmetric_window && !recipe.centered, "symmetric_window is for centered frames");
  refuse_recipe(recipe.centered != recipe.has_short_patches(), "centered and min_patch_frames do not go together");
  if (recipe.centered) check_centered(recipe);
  check_rows(recipe);
}

std::string front_end_text(const InputRecipe& recipe) {
  std::ostringstream text;
  text.imbue(std::locale::classic());
  text << std::setprecision(17) << recipe.sample_rate_hz << " Hz, window " << recipe.window_samples << ", hop "
       << recipe.hop_samples << ", FFT " << recipe.fft_length << ", " << recipe.mel_bands << " bands from "
       << recipe.mel_low_hz << " to " << recipe.mel_high_hz << " Hz, "
       << (recipe.decibels ? "decibels above " : "ln(x + ") << recipe.log_offset << (recipe.decibels ? ", " : "), ")
       << recipe.patch_frames << " frames";
  if (recipe.preemphasis > 0) text << ", preemphasis " << recipe.preemphasis;
  if (recipe.symmetric_window) text << ", symmetric window";
  if (recipe.power) text << ", power";
  if (recipe.triangles_in_hz) text << ", triangles in Hz";
  if (recipe.top_db > 0) text << ", top " << recipe.top_db << " dB";
  if (recipe.centered) text << ", centered, at least " << recipe.min_patch_frames << " frames";
  if (recipe.row_frames > 0) text << ", rows of " << recipe.row_frames << " frames";
  return text.str();
}

bool is_yamnet_front_end(const InputRecipe& recipe) {
  InputRecipe yamnet;
  yamnet.patch_hop_frames = recipe.patch_hop_frames;
  return recipe == yamnet;
}

void check_patch_hop(std::int64_t patch_hop_frames) {
  if (patch_hop_frames >= 1 && patch_hop_frames <= kMaxPatchHopFrames) return;
  throw UsageError("patch_hop_frames: " + std::to_string(patch_hop_frames) + " given, 1 to " +
                   std::to_string(kMaxPatchHopFrames) +
                   " are allowed (frames; YAMNet's have 10 ms, and its own hop is 48)");
}

void check_patch_hop(std::int64_t patch_hop_frames, const InputRecipe& recipe) {
  check_patch_hop(patch_hop_frames);
  if (recipe.row_frames == 0) return;
  if (patch_hop_frames % recipe.row_frames == 0 && patch_hop_frames <= recipe.patch_frames) return;
  throw UsageError("patch_hop_frames: " + std::to_string(patch_hop_frames) + " given; this backbone has rows of " +
                   std::to_string(recipe.row_frames) + " frames, so a multiple of that up to " +
                   std::to_string(recipe.patch_frames) + " is allowed");
}

std::int64_t patch_count(std::int64_t sample_count, int patch_hop_frames, const InputRecipe& recipe) {
  check_patch_hop(patch_hop_frames, recipe);
  if (sample_count < 0) {
    throw UsageError("patch count: a waveform cannot have " + std::to_string(sample_count) + " samples");
  }
  if (recipe.has_short_patches()) {
    return 1 + hops_of_frames(used_frames(sample_count, recipe), patch_hop_frames, recipe);
  }
  const std::int64_t beyond_first = std::max<std::int64_t>(0, sample_count - recipe.patch_window_samples());
  const std::int64_t hop_samples = recipe.patch_hop_samples(patch_hop_frames);
  const std::int64_t hops_needed = beyond_first / hop_samples + (beyond_first % hop_samples != 0 ? 1 : 0);
  const std::int64_t hops_inside = std::max<std::int64_t>(0, sample_count - 1) / hop_samples;
  return 1 + std::min(hops_needed, hops_inside);
}

std::int64_t patch_start(std::int64_t patch, std::int64_t sample_count, int patch_hop_frames,
                         const InputRecipe& recipe) {
  const std::int64_t start = patch * recipe.patch_hop_samples(patch_hop_frames);
  if (!recipe.has_short_patches()) return start;
  const std::int64_t last = used_frames(sample_count, recipe) - recipe.patch_frames;
  return std::min(start, std::max<std::int64_t>(0, last) * recipe.hop_samples);
}

std::int64_t row_count(std::int64_t sample_count, int patch_hop_frames, const InputRecipe& recipe) {
  const std::int64_t patches = patch_count(sample_count, patch_hop_frames, recipe);
  if (recipe.row_frames == 0) return patches;
  return std::max<std::int64_t>(1, recipe.rows_of_patch(frame_count(sample_count, recipe)));
}

std::int64_t row_start(std::int64_t row, std::int64_t sample_count, int patch_hop_frames, const InputRecipe& recipe) {
  if (recipe.row_frames == 0) return patch_start(row, sample_count, patch_hop_frames, recipe);
  return row * recipe.row_frames * recipe.hop_samples;
}

std::int64_t padded_length(std::int64_t sample_count, int patch_hop_frames, const InputRecipe& recipe) {
  const std::int64_t hops = patch_count(sample_count, patch_hop_frames, recipe) - 1;
  if (recipe.has_short_patches()) {
    return std::max(sample_count,
                    std::int64_t{recipe.min_patch_frames - 1} * recipe.hop_samples + recipe.lost_samples());
  }
  return std::max(sample_count, recipe.patch_window_samples() + recipe.patch_hop_samples(patch_hop_frames) * hops);
}

std::int64_t frame_count(std::int64_t padded_samples, const InputRecipe& recipe) {
  const std::int64_t beyond_first = padded_samples - (recipe.centered ? recipe.lost_samples() : recipe.window_samples);
  return beyond_first < 0 ? 0 : 1 + beyond_first / recipe.hop_samples;
}

}  // namespace soundfold::frontend

// SPDX-License-Identifier: Apache-2.0
#include "onnx/internal/front_end.h"
#include "onnx/internal/log_mel.h"

namespace soundfold::onnx {
namespace {

/// Whole numbers, scalars.
struct Counts {
  std::string padded;  ///< samples with the zeros up to the shortest patch
  std::string frames;  ///< T, of the waveform
  std::string hops;    ///< samples of T hops, which are more than `padded`
};

Counts add_counts(GraphBuilder& builder, const std::string& samples, const frontend::InputRecipe& recipe) {
  const std::int64_t least = std::int64_t{recipe.min_patch_frames - 1} * recipe.hop_samples;
  const auto padded = builder.add("Max", {samples, builder.number(least)}, "samples of a patch at least");
  const auto before = builder.add("Div", {padded, builder.number(recipe.hop_samples)}, "frames before the last");
  const auto frames = builder.add("Add", {before, builder.number(1)}, "frames");
  return {padded, frames, builder.add("Mul", {frames, builder.number(recipe.hop_samples)}, "samples of whole hops")};
}

/// `whole` hops of the waveforms, with half a window mirrored before and after the samples, of which neither end is
/// repeated; up to the end of the last frame.
std::string add_mirrored(GraphBuilder& builder, const std::string& whole, const Counts& counts,
                         const frontend::InputRecipe& recipe) {
  const std::int64_t half = recipe.window_samples / 2;
  const auto zero = builder.list({0}), axis = builder.list({1}), backwards = builder.list({-1});
  auto end = builder.add("Unsqueeze", {counts.padded, zero}, "end of the samples");
  const auto x = builder.add("Slice", {whole, zero, end, axis}, "padded");
  const auto before = builder.add("Slice", {x, builder.list({half}), zero, axis, backwards}, "mirrored start");
  const auto after =
      builder.add("Slice", {x, builder.list({-2}), builder.list({-half - 2}), axis, backwards}, "mirrored end");
  const auto mirrored = builder.add("Concat", {before, x, after}, "mirrored", {{"axis", std::int64_t{1}}});
  end = builder.add("Add", {counts.hops, builder.number(recipe.window_samples - recipe.hop_samples)},
                    "end of the last frame");
  end = builder.add("Unsqueeze", {end, zero}, "end of the frames");
  return builder.add("Slice", {mirrored, zero, end, axis}, "mirrored up to the last frame");
}

/// The frame that each patch begins with, [P]: the last patch lies at the end, unless patches leave gaps.
std::string add_starts(GraphBuilder& builder, const std::string& frames, const frontend::InputRecipe& recipe,
                       int patch_hop_frames) {
  auto beyond = builder.add("Sub", {frames, builder.number(recipe.patch_frames)}, "frames beyond the first patch");
  beyond = builder.add("Max", {beyond, builder.number(0)}, "frames beyond, or 0");
  auto count = beyond;
  if (patch_hop_frames <= recipe.patch_frames) {
    count = builder.add("Add", {count, builder.number(patch_hop_frames - 1)}, "frames beyond, for rounding up");
  }
  count = builder.add("Div", {count, builder.number(patch_hop_frames)}, "hops");
  count = builder.add("Add", {count, builder.number(1)}, "patches of a waveform");
  auto starts = builder.add("Range", {builder.number(0), count, builder.number(1)}, "numbers of patches");
  starts = builder.add("Mul", {starts, builder.number(patch_hop_frames)}, "starts by hops");
  return builder.add("Min", {starts, beyond}, "starts of patches");
}

}  // namespace

Patches add_short_patches(GraphBuilder& builder, const Waveforms& waveforms, const frontend::InputRecipe& recipe,
                          int patch_hop_frames) {
  const auto counts = add_counts(builder, waveforms.samples, recipe);
  const auto missing = builder.add("Sub", {counts.hops, waveforms.samples}, "samples missing");
  const auto whole = add_zeros(builder, waveforms.values, missing, "padded to whole hops");
  const auto log_mel = add_log_mel(builder, add_mirrored(builder, whole, counts, recipe), counts.frames, recipe);

  const auto starts = add_starts(builder, counts.frames, recipe, patch_hop_frames);
  const auto length = builder.add("Min", {counts.frames, builder.number(recipe.patch_frames)}, "frames of a patch");
  const auto steps = builder.add("Range", {builder.number(0), length, builder.number(1)}, "numbers within a patch");
  const auto column = builder.add("Unsqueeze", {starts, builder.list({1})}, "starts as a column");
  const auto rows = builder.add("Add", {column, steps}, "frames of patches");

  auto seen = builder.add("Mul", {starts, builder.number(recipe.hop_samples)}, "first samples of patches");
  seen = builder.add("Sub", {waveforms.samples, seen}, "samples from the starts on");
  const auto most = builder.add("Mul", {length, builder.number(recipe.hop_samples)}, "samples of a patch");
  add_levels(builder, {whole, recipe.hop_samples, rows, builder.add("Min", {seen, most}, "samples seen")});

  const auto grouped = builder.add("Gather", {log_mel, rows}, "patches by waveform", {{"axis", std::int64_t{1}}});
  const auto frames = builder.add("Unsqueeze", {length, builder.list({0})}, "frames of a patch, as a size");
  const auto shape =
      add_sizes(builder, {builder.list({-1, 1}), frames, builder.list({recipe.mel_bands})}, "shape of patches");
  return {builder.add("Reshape", {grouped, shape}, "patches"), frames, {}};
}

}  // namespace soundfold::onnx

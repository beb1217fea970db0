// SPDX-License-Identifier: Apache-2.0
#include "onnx/internal/front_end.h"

#include "frontend/level.h"
#include "onnx/internal/log_mel.h"

#include <cmath>
#include <numeric>

namespace soundfold::onnx {
namespace {

/// How many hops of a patch a waveform has beyond its first patch (frontend::patch_count() - 1), a scalar.
std::string add_hops(GraphBuilder& builder, const std::string& samples, std::int64_t window, std::int64_t hop) {
  auto x = builder.add("Sub", {samples, builder.number(window)}, "samples beyond the first patch");
  x = builder.add("Max", {x, builder.number(0)}, "samples beyond, or 0");
  x = builder.add("Add", {x, builder.number(hop - 1)}, "samples beyond, for rounding up");
  x = builder.add("Div", {x, builder.number(hop)}, "hops needed");
  if (hop <= window) return x;
  auto inside = builder.add("Sub", {samples, builder.number(1)}, "last sample");
  inside = builder.add("Div", {inside, builder.number(hop)}, "hops inside");
  return builder.add("Min", {x, inside}, "hops");
}

/// The waveforms with zeros up to the end of the last patch; where patches leave gaps, without what follows it.
std::string add_padding(GraphBuilder& builder, const Waveforms& waveforms, const std::string& hops, std::int64_t window,
                        std::int64_t hop) {
  auto last = builder.add("Mul", {hops, builder.number(hop)}, "start of the last patch");
  last = builder.add("Add", {last, builder.number(window)}, "end of the last patch");
  auto missing = builder.add("Sub", {last, waveforms.samples}, "samples missing");
  if (hop > window) missing = builder.add("Max", {missing, builder.number(0)}, "samples missing, or 0");
  const auto padded = add_zeros(builder, waveforms.values, missing, "padded");
  if (hop <= window) return padded;
  const auto end = builder.add("Unsqueeze", {last, builder.list({0})}, "end of the patches");
  return builder.add("Slice", {padded, builder.list({0}), end, builder.list({1})}, "padded up to the last patch");
}

/// Of whole patches of `padded` waveforms; `numbers` [P] are 0, 1, ...
void add_whole_levels(GraphBuilder& builder, const Waveforms& waveforms, const std::string& padded,
                      const std::string& numbers, std::int64_t window, std::int64_t hop) {
  const std::int64_t cell = std::gcd(hop, window);
  auto seen = builder.add("Mul", {numbers, builder.number(hop)}, "starts of patches");
  seen = builder.add("Sub", {waveforms.samples, seen}, "samples from the starts on");
  seen = builder.add("Min", {seen, builder.number(window)}, "samples seen");
  add_levels(builder, {padded, cell, add_rows(builder, numbers, hop / cell, window / cell, "cells of patches"), seen});
}

/// Zeros follow the waveform up to a whole patch.
Patches add_whole_patches(GraphBuilder& builder, const Waveforms& waveforms, const frontend::InputRecipe& recipe,
                          int patch_hop_frames) {
  const std::int64_t window = recipe.patch_window_samples(), hop = recipe.patch_hop_samples(patch_hop_frames);
  const auto hops = add_hops(builder, waveforms.samples, window, hop);
  const auto padded = add_padding(builder, waveforms, hops, window, hop);
  auto count = builder.add("Mul", {hops, builder.number(patch_hop_frames)}, "frames before the last patch");
  count = builder.add("Add", {count, builder.number(recipe.patch_frames)}, "frames");
  const auto log_mel = add_log_mel(builder, padded, count, recipe);
  count = builder.add("Add", {hops, builder.number(1)}, "patches of a waveform");
  const auto numbers = builder.add("Range", {builder.number(0), count, builder.number(1)}, "numbers of patches");
  const auto rows = add_rows(builder, numbers, patch_hop_frames, recipe.patch_frames, "frames of patches");
  const auto grouped = builder.add("Gather", {log_mel, rows}, "patches by waveform", {{"axis", std::int64_t{1}}});
  add_whole_levels(builder, waveforms, padded, numbers, window, hop);
  const auto shape = builder.list({-1, 1, recipe.patch_frames, recipe.mel_bands});
  return {builder.add("Reshape", {grouped, shape}, "patches"), {}, {}};
}

/// Patches [B * P, 1, F, bands] that are raised to top_db below their largest value.
std::string add_floor(GraphBuilder& builder, const std::string& patches, double top_db) {
  auto floor = builder.add("ReduceMax", {patches}, "largest of a patch",
                           {{"axes", std::vector<std::int64_t>{2, 3}}, {"keepdims", std::int64_t{1}}});
  floor = builder.add("Sub", {floor, builder.scalar("top_db", static_cast<float>(top_db))}, "least of a patch");
  return builder.add("Max", {patches, floor}, "patches above their least");
}

}  // namespace

std::string add_zeros(GraphBuilder& builder, const std::string& waveform, const std::string& count,
                      const std::string& name) {
  const auto zeros = builder.add("Unsqueeze", {count, builder.list({0})}, "zeros at the end");
  return builder.add("Pad", {waveform, add_sizes(builder, {builder.list({0, 0, 0}), zeros}, "pads")}, name);
}

void add_levels(GraphBuilder& builder, const Cells& cells) {
  const Attributes dropped = {{"keepdims", std::int64_t{0}}};
  auto x = builder.add("Reshape", {cells.waveform, builder.list({0, -1, cells.size})}, "cells");
  x = builder.add("Mul", {x, x}, "squares of cells");
  x = builder.add("ReduceSum", {x, builder.list({2})}, "energy of cells", dropped);
  x = builder.add("Gather", {x, cells.rows}, "energy of patches in cells", {{"axis", std::int64_t{1}}});
  x = builder.add("ReduceSum", {x, builder.list({2})}, "energy of patches", dropped);
  const auto seen = add_cast(builder, cells.seen, ElementType::float32, "samples seen, as float32");
  x = builder.add("Div", {x, seen}, "mean square");
  add_decibels(builder, x, std::pow(10.0, double{frontend::kLowestDbfs} / 10), "window_levels");
}

Patches add_front_end(GraphBuilder& builder, const std::string& waveform, const frontend::InputRecipe& recipe,
                      int patch_hop_frames) {
  const Attributes first_axis = {{"axis", std::int64_t{0}}};
  const auto shape = builder.add("Shape", {waveform}, "shape of the waveform");
  const auto batch = builder.add("Gather", {shape, builder.list({0})}, "batch", first_axis);
  const Waveforms waveforms{waveform, builder.add("Gather", {shape, builder.number(1)}, "samples", first_axis)};
  Patches patches = recipe.has_short_patches() ? add_short_patches(builder, waveforms, recipe, patch_hop_frames)
                                               : add_whole_patches(builder, waveforms, recipe, patch_hop_frames);
  if (recipe.top_db > 0) patches.patches = add_floor(builder, patches.patches, recipe.top_db);
  patches.batch = batch;
  return patches;
}

}  // namespace soundfold::onnx

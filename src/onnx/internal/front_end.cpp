// SPDX-License-Identifier: Apache-2.0
#include "onnx/internal/front_end.h"

#include "frontend/level.h"
#include "frontend/mel_filters.h"

#include <cmath>
#include <numeric>

namespace soundfold::onnx {
namespace {

constexpr double kPi = 3.14159265358979323846;

/// Cosines and sines under the second half of the window, each [samples, bins].
struct Fourier {
  int first_sample = 0;  ///< of the window's second half
  std::int64_t samples = 0;
  std::vector<double> cosines, sines;
};

/// Of the bins that mel bands use. The sample in the middle is its own partner: it is added to itself, hence the half.
Fourier fourier(const frontend::InputRecipe& recipe, int first_bin, int last_bin) {
  const auto window = frontend::hann_window_float64(recipe);
  Fourier result;
  result.first_sample = (recipe.window_samples + 1) / 2;
  result.samples = recipe.window_samples - result.first_sample;
  for (int n = result.first_sample; n < recipe.window_samples; ++n) {
    const double place = n - recipe.window_samples / 2.0;
    const double weight = window[static_cast<std::size_t>(n)];
    for (int bin = first_bin; bin <= last_bin; ++bin) {
      const double phase = 2 * kPi * bin * place / recipe.fft_length;
      result.cosines.push_back((place == 0 ? 0.5 : 1.0) * weight * std::cos(phase));
      result.sines.push_back(weight * std::sin(phase));
    }
  }
  return result;
}

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

/// `waveform` with zeros up to the end of the last patch; where patches leave gaps, without what follows it.
std::string add_padding(GraphBuilder& builder, const std::string& waveform, const std::string& samples,
                        const std::string& hops, std::int64_t window, std::int64_t hop) {
  auto last = builder.add("Mul", {hops, builder.number(hop)}, "start of the last patch");
  last = builder.add("Add", {last, builder.number(window)}, "end of the last patch");
  auto missing = builder.add("Sub", {last, samples}, "samples missing");
  if (hop > window) missing = builder.add("Max", {missing, builder.number(0)}, "samples missing, or 0");
  missing = builder.add("Unsqueeze", {missing, builder.list({0})}, "zeros at the end");
  const auto pads = builder.add("Concat", {builder.list({0, 0, 0}), missing}, "pads", {{"axis", std::int64_t{0}}});
  const auto padded = builder.add("Pad", {waveform, pads}, "padded");
  if (hop <= window) return padded;
  const auto end = builder.add("Unsqueeze", {last, builder.list({0})}, "end of the patches");
  return builder.add("Slice", {padded, builder.list({0}), end, builder.list({1})}, "padded up to the last patch");
}

std::vector<std::int64_t> counted(std::int64_t count) {
  std::vector<std::int64_t> numbers(static_cast<std::size_t>(count));
  std::iota(numbers.begin(), numbers.end(), std::int64_t{0});
  return numbers;
}

/// Which rows belong to each of several groups: [groups, size], of which group g begins at row g * step. `groups` is
/// the name of 0, 1, ...
std::string add_rows(GraphBuilder& builder, const std::string& groups, std::int64_t step, std::int64_t size,
                     const std::string& name) {
  auto first = builder.add("Mul", {groups, builder.number(step)}, name + ", first rows");
  first = builder.add("Unsqueeze", {first, builder.list({1})}, name + ", first rows as a column");
  return builder.add("Add", {first, builder.list(counted(size))}, name + ", rows");
}

/// Frames [B, T, window] of the padded waveform, which is cut into pieces that hops and windows are whole numbers of.
std::string add_frames(GraphBuilder& builder, const Patches& patches, const std::string& hops,
                       const frontend::InputRecipe& recipe, int patch_hop_frames) {
  const std::int64_t piece = std::gcd(recipe.hop_samples, recipe.window_samples);
  auto count = builder.add("Mul", {hops, builder.number(patch_hop_frames)}, "frames before the last patch");
  count = builder.add("Add", {count, builder.number(recipe.patch_frames)}, "frames");
  const auto numbers = builder.add("Range", {builder.number(0), count, builder.number(1)}, "numbers of frames");
  const auto rows =
      add_rows(builder, numbers, recipe.hop_samples / piece, recipe.window_samples / piece, "pieces of frames");
  auto x = builder.add("Reshape", {patches.padded, builder.list({0, -1, piece})}, "pieces");
  x = builder.add("Gather", {x, rows}, "frames in pieces", {{"axis", std::int64_t{1}}});
  return builder.add("Reshape", {x, builder.list({0, 0, recipe.window_samples})}, "frames of samples");
}

/// Squares of one part of the spectrum, [B, T, bins].
std::string add_part(GraphBuilder& builder, const std::string& halves, const Fourier& fourier,
                     const std::vector<double>& waves, const std::string& name) {
  const auto bins = static_cast<std::int64_t>(waves.size()) / fourier.samples;
  auto x = builder.add("MatMul", {halves, builder.constant(name + " of the spectrum", {fourier.samples, bins}, waves)},
                       name + " part in float64");
  x = builder.add("Cast", {x}, name + " part", {{"to", std::int64_t{properties_of(ElementType::float32).number}}});
  return builder.add("Mul", {x, x}, name + " part squared");
}

/// Magnitudes [B, T, bins].
std::string add_spectrum(GraphBuilder& builder, const std::string& frames, const Fourier& fourier) {
  const std::int64_t window = fourier.first_sample + fourier.samples;
  const auto axis = builder.list({2});
  const Attributes to_double = {{"to", std::int64_t{properties_of(ElementType::float64).number}}};
  auto after = builder.add("Slice", {frames, builder.list({fourier.first_sample}), builder.list({window}), axis},
                           "after the middle");
  auto before =
      builder.add("Slice", {frames, builder.list({fourier.samples}), builder.list({0}), axis, builder.list({-1})},
                  "before the middle");
  after = builder.add("Cast", {after}, "after the middle in float64", to_double);
  before = builder.add("Cast", {before}, "before the middle in float64", to_double);
  const auto even = builder.add("Add", {after, before}, "even halves");
  const auto odd = builder.add("Sub", {after, before}, "odd halves");
  const auto squares = builder.add("Add",
                                   {add_part(builder, even, fourier, fourier.cosines, "cosine"),
                                    add_part(builder, odd, fourier, fourier.sines, "sine")},
                                   "power");
  return builder.add("Sqrt", {squares}, "magnitude");
}

std::string add_log_mel(GraphBuilder& builder, const std::string& frames, const frontend::InputRecipe& recipe) {
  const auto filters = frontend::mel_filters(recipe);
  const auto all = frontend::mel_matrix(recipe);
  const std::int64_t bins = filters.highest_bin - filters.lowest_bin + 1;
  const std::vector<float> mel(all.begin() + std::ptrdiff_t{filters.lowest_bin} * recipe.mel_bands,
                               all.begin() + std::ptrdiff_t{filters.highest_bin + 1} * recipe.mel_bands);
  auto x = add_spectrum(builder, frames, fourier(recipe, filters.lowest_bin, filters.highest_bin));
  x = builder.add("MatMul", {x, builder.constant("mel bands", {bins, recipe.mel_bands}, mel)}, "mel");
  x = builder.add("Add", {x, builder.scalar("log offset", static_cast<float>(recipe.log_offset))}, "mel above 0");
  return builder.add("Log", {x}, "log_mel");
}

}  // namespace

Patches add_front_end(GraphBuilder& builder, const std::string& waveform, const frontend::InputRecipe& recipe,
                      int patch_hop_frames) {
  const std::int64_t window = recipe.patch_window_samples(), hop = recipe.patch_hop_samples(patch_hop_frames);
  const Attributes first_axis = {{"axis", std::int64_t{0}}}, second_axis = {{"axis", std::int64_t{1}}};
  Patches patches;
  const auto shape = builder.add("Shape", {waveform}, "shape of the waveform");
  patches.batch = builder.add("Gather", {shape, builder.list({0})}, "batch", first_axis);
  patches.samples = builder.add("Gather", {shape, builder.number(1)}, "samples", first_axis);
  const auto hops = add_hops(builder, patches.samples, window, hop);
  patches.padded = add_padding(builder, waveform, patches.samples, hops, window, hop);
  const auto count = builder.add("Add", {hops, builder.number(1)}, "patches of a waveform");
  patches.numbers = builder.add("Range", {builder.number(0), count, builder.number(1)}, "numbers of patches");
  const auto log_mel = add_log_mel(builder, add_frames(builder, patches, hops, recipe, patch_hop_frames), recipe);
  const auto rows = add_rows(builder, patches.numbers, patch_hop_frames, recipe.patch_frames, "frames of patches");
  const auto grouped = builder.add("Gather", {log_mel, rows}, "patches by waveform", second_axis);
  patches.patches =
      builder.add("Reshape", {grouped, builder.list({-1, 1, recipe.patch_frames, recipe.mel_bands})}, "patches");
  return patches;
}

std::string add_levels(GraphBuilder& builder, const Patches& patches, const frontend::InputRecipe& recipe,
                       int patch_hop_frames) {
  const std::int64_t window = recipe.patch_window_samples(), hop = recipe.patch_hop_samples(patch_hop_frames);
  const std::int64_t cell = std::gcd(hop, window);
  auto x = builder.add("Reshape", {patches.padded, builder.list({0, -1, cell})}, "cells");
  x = builder.add("Mul", {x, x}, "squares of cells");
  x = builder.add("ReduceSum", {x, builder.list({2})}, "energy of cells", {{"keepdims", std::int64_t{0}}});
  const auto rows = add_rows(builder, patches.numbers, hop / cell, window / cell, "cells of patches");
  x = builder.add("Gather", {x, rows}, "energy of patches in cells", {{"axis", std::int64_t{1}}});
  x = builder.add("ReduceSum", {x, builder.list({2})}, "energy of patches", {{"keepdims", std::int64_t{0}}});
  auto seen = builder.add("Mul", {patches.numbers, builder.number(hop)}, "starts of patches");
  seen = builder.add("Sub", {patches.samples, seen}, "samples from the starts on");
  seen = builder.add("Min", {seen, builder.number(window)}, "samples seen");
  seen = builder.add("Cast", {seen}, "samples seen, as float32",
                     {{"to", std::int64_t{properties_of(ElementType::float32).number}}});
  x = builder.add("Div", {x, seen}, "mean square");
  const double lowest = std::pow(10.0, double{frontend::kLowestDbfs} / 10);
  x = builder.add("Max", {x, builder.scalar("lowest mean square", static_cast<float>(lowest))}, "mean square above 0");
  x = builder.add("Log", {x}, "log of the mean square");
  return builder.add("Mul", {x, builder.scalar("decibels", static_cast<float>(10 / std::log(10.0)))}, "window_levels");
}

}  // namespace soundfold::onnx

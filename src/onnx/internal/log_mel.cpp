// SPDX-License-Identifier: Apache-2.0
#include "onnx/internal/log_mel.h"

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

std::vector<std::int64_t> counted(std::int64_t count) {
  std::vector<std::int64_t> numbers(static_cast<std::size_t>(count));
  std::iota(numbers.begin(), numbers.end(), std::int64_t{0});
  return numbers;
}

/// Frames [B, T, window] of the samples, which are cut into pieces that hops and windows are whole numbers of.
std::string add_frames(GraphBuilder& builder, const std::string& samples, const std::string& frames,
                       const frontend::InputRecipe& recipe) {
  const std::int64_t piece = std::gcd(recipe.hop_samples, recipe.window_samples);
  const auto numbers = builder.add("Range", {builder.number(0), frames, builder.number(1)}, "numbers of frames");
  const auto rows =
      add_rows(builder, numbers, recipe.hop_samples / piece, recipe.window_samples / piece, "pieces of frames");
  auto x = builder.add("Reshape", {samples, builder.list({0, -1, piece})}, "pieces");
  x = builder.add("Gather", {x, rows}, "frames in pieces", {{"axis", std::int64_t{1}}});
  return builder.add("Reshape", {x, builder.list({0, 0, recipe.window_samples})}, "frames of samples");
}

/// Squares of one part of the spectrum, [B, T, bins].
std::string add_part(GraphBuilder& builder, const std::string& halves, const Fourier& fourier,
                     const std::vector<double>& waves, const std::string& name) {
  const auto bins = static_cast<std::int64_t>(waves.size()) / fourier.samples;
  auto x = builder.add("MatMul", {halves, builder.constant(name + " of the spectrum", {fourier.samples, bins}, waves)},
                       name + " part in float64");
  x = add_cast(builder, x, ElementType::float32, name + " part");
  return builder.add("Mul", {x, x}, name + " part squared");
}

/// Squares of magnitudes, [B, T, bins].
std::string add_power(GraphBuilder& builder, const std::string& frames, const Fourier& fourier) {
  const std::int64_t window = fourier.first_sample + fourier.samples;
  const auto axis = builder.list({2});
  auto after = builder.add("Slice", {frames, builder.list({fourier.first_sample}), builder.list({window}), axis},
                           "after the middle");
  auto before =
      builder.add("Slice", {frames, builder.list({fourier.samples}), builder.list({0}), axis, builder.list({-1})},
                  "before the middle");
  after = add_cast(builder, after, ElementType::float64, "after the middle in float64");
  before = add_cast(builder, before, ElementType::float64, "before the middle in float64");
  const auto even = builder.add("Add", {after, before}, "even halves");
  const auto odd = builder.add("Sub", {after, before}, "odd halves");
  return builder.add("Add",
                     {add_part(builder, even, fourier, fourier.cosines, "cosine"),
                      add_part(builder, odd, fourier, fourier.sines, "sine")},
                     "power");
}

}  // namespace

std::string add_rows(GraphBuilder& builder, const std::string& groups, std::int64_t step, std::int64_t size,
                     const std::string& name) {
  auto first = builder.add("Mul", {groups, builder.number(step)}, name + ", first rows");
  first = builder.add("Unsqueeze", {first, builder.list({1})}, name + ", first rows as a column");
  return builder.add("Add", {first, builder.list(counted(size))}, name + ", rows");
}

std::string add_decibels(GraphBuilder& builder, const std::string& values, double least, const std::string& name) {
  auto x =
      builder.add("Max", {values, builder.scalar("least of " + name, static_cast<float>(least))}, "what has " + name);
  x = builder.add("Log", {x}, "log of what has " + name);
  return builder.add("Mul", {x, builder.shared("decibels", {}, {static_cast<float>(10 / std::log(10.0))})}, name);
}

std::string add_log_mel(GraphBuilder& builder, const std::string& samples, const std::string& frames,
                        const frontend::InputRecipe& recipe) {
  const auto filters = frontend::mel_filters(recipe);
  const auto all = frontend::mel_matrix(recipe);
  const std::int64_t bins = filters.highest_bin - filters.lowest_bin + 1;
  const std::vector<float> mel(all.begin() + std::ptrdiff_t{filters.lowest_bin} * recipe.mel_bands,
                               all.begin() + std::ptrdiff_t{filters.highest_bin + 1} * recipe.mel_bands);
  auto x = add_power(builder, add_frames(builder, samples, frames, recipe),
                     fourier(recipe, filters.lowest_bin, filters.highest_bin));
  if (!recipe.power) x = builder.add("Sqrt", {x}, "magnitude");
  x = builder.add("MatMul", {x, builder.constant("mel bands", {bins, recipe.mel_bands}, mel)}, "mel");
  if (recipe.decibels) return add_decibels(builder, x, recipe.log_offset, "log_mel");
  x = builder.add("Add", {x, builder.scalar("log offset", static_cast<float>(recipe.log_offset))}, "mel above 0");
  return builder.add("Log", {x}, "log_mel");
}

}  // namespace soundfold::onnx

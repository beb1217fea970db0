// SPDX-License-Identifier: Apache-2.0
#include "frontend/log_mel.h"
#include "frontend/patch_stream.h"
#include "network/description.h"

#include <benchmark/benchmark.h>

#include <cmath>
#include <vector>

namespace {

using namespace soundfold::frontend;

/// Five seconds, the length of an ESC-50 clip.
std::vector<float> five_seconds() {
  std::vector<float> samples(5 * kSampleRateHz);
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const double t = static_cast<double>(i) / kSampleRateHz;
    samples[i] = static_cast<float>(0.4 * std::sin(2764.6 * t) + 0.3 * std::sin(9000.0 * t * t));
  }
  return samples;
}

/// The 528 frames of a padded clip, without the padding's copy.
void log_mel_frames(benchmark::State& state) {
  std::vector<float> samples = five_seconds();
  samples.resize(static_cast<std::size_t>(padded_length(static_cast<std::int64_t>(samples.size()))));
  const auto count = static_cast<std::int64_t>(samples.size());
  std::vector<float> rows(static_cast<std::size_t>(frame_count(count) * kMelBands));
  LogMel log_mel;
  for (auto _ : state) {
    log_mel.frames(samples.data(), count, rows.data());
    benchmark::DoNotOptimize(rows.data());
    benchmark::ClobberMemory();
  }
  state.SetLabel("one 5 s clip, 528 frames");
}
BENCHMARK(log_mel_frames)->Unit(benchmark::kMillisecond);

/// A clip of 5 s through PatchStream, as extraction runs it: patches and their levels.
void patch_stream(benchmark::State& state, const InputRecipe& recipe) {
  std::vector<float> samples = five_seconds();
  // The same tone at another rate: speed does not depend on it.
  while (samples.size() < std::size_t{5} * static_cast<std::size_t>(recipe.sample_rate_hz)) {
    samples.insert(samples.end(), samples.begin(), samples.begin() + 5 * kSampleRateHz);
  }
  LogMel log_mel(recipe);
  for (auto _ : state) {
    PatchStream stream(
        log_mel, [](const Patch& patch) { benchmark::DoNotOptimize(patch); }, recipe.patch_hop_frames);
    stream.push(samples.data(), samples.size());
    stream.finish();
  }
  state.SetLabel("one 5 s clip");
}
BENCHMARK_CAPTURE(patch_stream, yamnet, InputRecipe())->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(patch_stream, ced, soundfold::network::ced_input())->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(patch_stream, efficientat, soundfold::network::efficientat_input())->Unit(benchmark::kMillisecond);

}  // namespace

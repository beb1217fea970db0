// SPDX-License-Identifier: Apache-2.0
#include "audio/waveform.h"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

/// Up to 40 ESC-50 clips with this extension from the folder that SOUNDFOLD_MIRROR names; empty when there is none.
std::vector<fs::path> clips(const std::string& extension) {
  const char* mirror = std::getenv("SOUNDFOLD_MIRROR");
  std::vector<fs::path> found;
  if (mirror == nullptr) return found;
  const fs::path folder = fs::path(mirror) / "esc50" / "audio";
  if (!fs::is_directory(folder)) return found;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == extension) found.push_back(entry.path());
  }
  std::sort(found.begin(), found.end());
  found.resize(std::min<std::size_t>(found.size(), 40));
  return found;
}

/// Decoding and resampling of one real clip (5 s at 44.1 kHz), file in the page cache; clips take turns.
void load_clip(benchmark::State& state, const std::string& extension) {
  const std::vector<fs::path> paths = clips(extension);
  if (paths.empty()) {
    state.SkipWithError("no clips: set SOUNDFOLD_MIRROR to a folder that holds esc50/audio");
    return;
  }
  std::size_t turn = 0;
  for (auto _ : state) {
    const std::vector<float> samples = soundfold::audio::load_waveform(paths[turn++ % paths.size()]);
    benchmark::DoNotOptimize(samples.data());
  }
  state.SetLabel("one 5 s clip of " + std::to_string(paths.size()));
}
BENCHMARK_CAPTURE(load_clip, ogg, std::string(".ogg"))->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(load_clip, flac, std::string(".flac"))->Unit(benchmark::kMillisecond);

/// The same from 16-bit WAV, where resampling is nearly all of the work; the file is synthetic.
void load_wav(benchmark::State& state) {
  const int rate_hz = static_cast<int>(state.range(0));
  const fs::path path = fs::temp_directory_path() / ("soundfold-bench-" + std::to_string(rate_hz) + ".wav");
  std::vector<float> samples(static_cast<std::size_t>(5) * static_cast<std::size_t>(rate_hz));
  for (std::size_t i = 0; i < samples.size(); ++i)
    samples[i] = static_cast<float>(i * 2654435761u % 65'536) / 65'536.0f;
  soundfold::audio::write_wav(path, samples, rate_hz);
  for (auto _ : state) benchmark::DoNotOptimize(soundfold::audio::load_waveform(path).data());
  fs::remove(path);
}
BENCHMARK(load_wav)->Unit(benchmark::kMillisecond)->Arg(16'000)->Arg(44'100)->Arg(48'000);

}  // namespace

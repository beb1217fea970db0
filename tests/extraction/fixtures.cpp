// SPDX-License-Identifier: Apache-2.0
#include "extraction/fixtures.h"

#include "audio/waveform.h"
#include "support/files.h"

#include <catch2/catch.hpp>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <fstream>

namespace soundfold::testing {
namespace fs = std::filesystem;
using store::ClipEmbeddings;
using store::ClipEmbeddingsView;

ClipEmbeddings made_up_clip(std::int64_t patches, std::int64_t embedding_size, std::int64_t scores, int seed) {
  ClipEmbeddings clip;
  clip.patch_count = patches;
  clip.embedding_size = embedding_size;
  clip.score_count = scores;
  clip.sample_count = 16'000 * patches + seed;
  const auto fill = [&](std::vector<float>& values, std::int64_t count, float offset) {
    for (std::int64_t i = 0; i < count; ++i) {
      values.push_back(offset + static_cast<float>(seed) + 0.5F * static_cast<float>(i));
    }
  };
  fill(clip.embeddings, patches * embedding_size, 0.25F);
  fill(clip.scores, patches * scores, -3.0F);
  fill(clip.level_dbfs, patches, -60.0F);
  return clip;
}

bool equal(const ClipEmbeddings& clip, const ClipEmbeddingsView& view) {
  return clip.patch_count == view.patch_count && clip.embedding_size == view.embedding_size &&
         clip.score_count == view.score_count && clip.sample_count == view.sample_count &&
         std::equal(clip.embeddings.begin(), clip.embeddings.end(), view.embeddings) &&
         std::equal(clip.scores.begin(), clip.scores.end(), view.scores) &&
         std::equal(clip.level_dbfs.begin(), clip.level_dbfs.end(), view.level_dbfs);
}

ClipEmbeddings stored(const store::Store& store, const std::string& key) {
  ClipEmbeddings clip;
  const bool found = store.read(key, [&](const ClipEmbeddingsView& view) {
    clip.patch_count = view.patch_count;
    clip.embedding_size = view.embedding_size;
    clip.score_count = view.score_count;
    clip.sample_count = view.sample_count;
    clip.embeddings.assign(view.embeddings, view.embeddings + view.patch_count * view.embedding_size);
    clip.scores.assign(view.scores, view.scores + view.patch_count * view.score_count);
    clip.level_dbfs.assign(view.level_dbfs, view.level_dbfs + view.patch_count);
  });
  REQUIRE(found);
  return clip;
}

void FakeBackbone::run_frames(const float* patches, std::int64_t patch_count, std::int64_t frames, float* embeddings,
                              float* scores) {
  if (on_run) on_run();
  const std::int64_t values = frames * 64;
  for (std::int64_t p = 0; p < patch_count; ++p) {
    const float* patch = patches + p * values;
    for (int e = 0; e < 8; ++e) {
      double sum = 0;
      for (std::int64_t i = e; i < values; i += 8) sum += static_cast<double>(patch[i]);
      embeddings[p * 8 + e] = static_cast<float>(sum * 8 / static_cast<double>(values));
    }
    for (int s = 0; s < 3; ++s) scores[p * 3 + s] = patch[100 * s];
  }
  *patches_run += static_cast<int>(patch_count);
}

void write_stereo_tone(const std::filesystem::path& path, double hz, double left_gain, double right_gain) {
  std::vector<float> samples;
  for (int i = 0; i < 16'000; ++i) {
    const double value = 0.5 * std::sin(2 * M_PI * hz * i / 16'000);
    samples.push_back(static_cast<float>(left_gain * value));
    samples.push_back(static_cast<float>(right_gain * value));
  }
  audio::write_wav(path, samples, 16'000);
  // The header of one channel becomes that of two: number of channels, bytes per second, bytes per frame.
  std::string bytes = read_file(path);
  bytes.replace(22, 2, std::string("\x02\x00", 2));
  bytes.replace(28, 4, std::string("\x00\xFA\x00\x00", 4));
  bytes.replace(32, 2, std::string("\x04\x00", 2));
  write_file_atomically(path, bytes);
}

void make_old(const fs::path& path) {
  fs::last_write_time(path, fs::file_time_type::clock::now() - std::chrono::hours(1));
}

void write_tone(const fs::path& path, double seconds, double hz) {
  std::vector<float> samples(static_cast<std::size_t>(seconds * audio::kSampleRateHz));
  for (std::size_t i = 0; i < samples.size(); ++i) {
    samples[i] = static_cast<float>(0.5 * std::sin(2 * 3.14159265358979 * hz * static_cast<double>(i) / 16'000.0));
  }
  audio::write_wav(path, samples, audio::kSampleRateHz);
  make_old(path);
}

pid_t start_child(const std::function<void()>& body) {
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child != 0) return child;
  try {
    body();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "child: %s\n", error.what());
    _exit(99);
  } catch (...) {
    _exit(99);
  }
  _exit(0);
}

int wait_for_child(pid_t child) {
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int in_child(const std::function<void()>& body) {
  return wait_for_child(start_child(body));
}

float largest_difference(const std::vector<float>& a, const std::vector<float>& b) {
  REQUIRE(a.size() == b.size());
  float largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) largest = std::max(largest, std::abs(a[i] - b[i]));
  return largest;
}

}  // namespace soundfold::testing

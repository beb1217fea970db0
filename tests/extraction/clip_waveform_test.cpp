// SPDX-License-Identifier: Apache-2.0
#include "extraction/clip_waveform.h"

#include "frontend/log_mel.h"
#include "support/random.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>

using namespace soundfold;
using frontend::Stretch;

namespace {

constexpr int kHop = frontend::kPatchHopFrames;

std::filesystem::path noise(const testing::TempFolder& folder, double seconds, int rate_hz) {
  Random random(3);
  std::vector<float> samples(static_cast<std::size_t>(seconds * rate_hz));
  for (auto& sample : samples) sample = static_cast<float>(random.uniform() - 0.5);
  audio::write_wav(folder / "noise.wav", samples, rate_hz);
  return folder / "noise.wav";
}

std::vector<float> patches_in(const std::vector<float>& waveform, std::int64_t first, std::int64_t count) {
  const auto spectrogram = frontend::spectrogram(waveform, kHop, frontend::InputRecipe());
  REQUIRE(spectrogram.patch_count >= first + count);
  const auto values = static_cast<std::size_t>(frontend::kPatchValues);
  std::vector<float> patches;
  for (std::int64_t patch = first; patch < first + count; ++patch) {
    patches.insert(patches.end(), spectrogram.patch(patch), spectrogram.patch(patch) + values);
  }
  return patches;
}

}  // namespace

TEST_CASE("the samples of a stretch give its windows of the whole recording", "[extraction]") {
  const testing::TempFolder folder;
  for (const int rate_hz : {16'000, 22'050}) {
    const auto file = noise(folder, 10.3, rate_hz);
    const auto whole = audio::load_waveform(file);
    const auto all = frontend::patch_count(static_cast<std::int64_t>(whole.size()));
    for (const auto& stretch : {Stretch{0, 1}, Stretch{2.5, 5}, Stretch{3, 3.1}, Stretch{4, 8, 1, 2},
                                Stretch{9.2, 10.3}, Stretch{10.25, 10.3}, Stretch{0, 10.3}}) {
      INFO(rate_hz << " Hz" << frontend::fragment_text(stretch));
      const auto range = frontend::patches_of(stretch, all);
      const auto part = extraction::clip_waveform(file, stretch, {}, {}, kHop);
      CHECK(frontend::patch_count(static_cast<std::int64_t>(part.size())) == range.count);
      CHECK(patches_in(part, 0, range.count) == patches_in(whole, range.first, range.count));
    }
    CHECK(extraction::clip_waveform(file, std::nullopt, {}, {}, kHop) == whole);
  }
}

TEST_CASE("a stretch is played at another rate than the network's", "[extraction]") {
  const testing::TempFolder folder;
  const auto file = noise(folder, 10, 32'000);
  audio::DecodeOptions options;
  options.sample_rate_hz = 32'000;
  const auto whole = audio::load_waveform(file, options);
  const auto part = extraction::clip_waveform(file, Stretch{2, 4}, options, {}, kHop);
  // Windows 4 to 7: from 1.92 s to 3.36 + 0.975 s.
  REQUIRE(part.size() == 77'280);
  CHECK(std::equal(part.begin(), part.end(), whole.begin() + 61'440));
}

TEST_CASE("a stretch is a range of its recording's record", "[extraction]") {
  extraction::ExtractedClip recording;
  recording.key = "k";
  recording.patch_count = 20;
  const auto clip = extraction::clip_of(recording, Stretch{2, 4}, {}, {});
  CHECK(clip.key == "k");
  CHECK(clip.first_patch == 4);
  CHECK(clip.patch_count == 4);
  CHECK(extraction::clip_of(recording, std::nullopt, {}, {}).patch_count == 20);
  recording.key.clear();
  CHECK(extraction::clip_of(recording, Stretch{2, 4}, {}, {}).patch_count == 20);
}

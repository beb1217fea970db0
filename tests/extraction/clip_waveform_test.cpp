// SPDX-License-Identifier: Apache-2.0
#include "extraction/clip_waveform.h"

#include "extraction/fixtures.h"
#include "frontend/log_mel.h"
#include "network/description.h"
#include "support/errors.h"
#include "support/hashing.h"
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

namespace {

/// A backbone that takes CED's patches, of at most 0.4 s.
testing::FakeBackbone short_patch_backbone() {
  testing::FakeBackbone backbone;
  backbone.recipe = network::ced_input();
  backbone.recipe.patch_frames = 40;
  return backbone;
}

extraction::ExtractionOptions every_30_frames() {
  extraction::ExtractionOptions options;
  options.patch_hop_frames = 30;
  options.threads = 1;
  return options;
}

}  // namespace

TEST_CASE("where patches may be short, a stretch equals a file that holds its samples alone", "[extraction]") {
  const testing::TempFolder folder;
  const auto tape = noise(folder, 3, 16'000);
  const auto whole = audio::load_waveform(tape);
  auto backbone = short_patch_backbone();
  const auto options = every_30_frames();
  // Longer than a patch, overlapping, shorter than the shortest patch, up to the end, and behind it.
  const std::vector<Stretch> stretches = {{0.6, 2.05}, {0.5, 0.7}, {1, 1.01}, {2.5, 3}, {2.9, 3.04}};
  std::vector<extraction::ClipFile> clips{{"tape", tape}}, files;
  for (const auto& stretch : stretches) {
    clips.push_back(extraction::file_of("tape", tape, stretch, backbone.recipe));
    const auto range = frontend::samples_of(stretch, 16'000);
    const auto end = std::min<std::int64_t>(range.end, 48'000);
    const std::vector<float> samples(whole.begin() + range.begin, whole.begin() + end);
    const auto file = folder / (std::to_string(files.size()) + ".wav");
    audio::write_wav(file, samples, 16'000);
    CHECK(extraction::clip_waveform(tape, stretch, {}, backbone.recipe, 30) == samples);
    files.push_back({file.string(), file});
  }
  store::Store store(folder / "store");
  const auto parts = extraction::extract(clips, backbone, store, options);
  CHECK(parts.computed == 6);
  const auto own = extraction::extract(files, backbone, store, options);
  for (std::size_t i = 0; i < files.size(); ++i) {
    INFO(frontend::fragment_text(stretches[i]));
    const auto part = extraction::clip_of(parts.clips[i + 1], stretches[i], backbone.recipe, options);
    const auto a = testing::stored(store, part.key), b = testing::stored(store, own.clips[i].key);
    CHECK(part.first_patch == 0);
    CHECK(part.patch_count == b.patch_count);
    CHECK(a.sample_count == b.sample_count);
    CHECK(a.embeddings == b.embeddings);
    CHECK(a.scores == b.scores);
    CHECK(a.level_dbfs == b.level_dbfs);
    CHECK(part.file_digest == hash_file(HashKind::xxh3_128, tape));
    CHECK(store::audio_digest_of(part.key) != part.file_digest);
  }
  CHECK(testing::stored(store, parts.clips[1].key).patch_count == 5);  // 146 frames: 0, 30, 60, 90 and at the end
  CHECK(parts.clips[0].file_digest == store::audio_digest_of(parts.clips[0].key));
  // Searches of whole files go by the recipe.
  CHECK(store::recipe_digest_of(parts.clips[1].key) != store::recipe_digest_of(parts.clips[0].key));
  CHECK(store::recipe_digest_of(parts.clips[1].key) == store::recipe_digest_of(parts.clips[2].key));
  CHECK(store.recipes().size() == 2);
  auto two = options;
  two.threads = 2;
  CHECK(extraction::extract(clips, backbone, store, two).from_store == 6);
}

TEST_CASE("a stretch that begins behind its recording's end is bad", "[extraction]") {
  const testing::TempFolder folder;
  const auto tape = noise(folder, 1, 16'000);
  auto backbone = short_patch_backbone();
  store::Store store(folder / "store");
  const Stretch behind{1.2, 1.5};
  const auto expected = Catch::Contains("noise.wav#t=1.200,1.500: begins behind the recording's end");
  CHECK_THROWS_WITH(extraction::extract({extraction::file_of("tape", tape, behind, backbone.recipe)}, backbone, store,
                                        every_30_frames()),
                    expected);
  CHECK_THROWS_WITH(extraction::clip_waveform(tape, behind, {}, backbone.recipe, 30), expected);
  auto options = every_30_frames();
  options.skip_bad_clips = true;  // the others of its file are not bad
  const auto found = extraction::extract({extraction::file_of("tape", tape, Stretch{0.2, 0.5}, backbone.recipe),
                                          extraction::file_of("tape", tape, behind, backbone.recipe)},
                                         backbone, store, options);
  CHECK(found.bad == 1);
  CHECK(found.clips[0].problem.empty());
  CHECK(found.clips[0].patch_count == 1);
  CHECK_THAT(found.clips[1].problem, expected);
}

// SPDX-License-Identifier: Apache-2.0
#include "extraction/extraction.h"

#include "audio/waveform.h"
#include "extraction/fixtures.h"
#include "frontend/log_mel.h"
#include "frontend/stretch.h"
#include "store/store.h"
#include "support/errors.h"
#include "support/file_state.h"
#include "support/files.h"
#include "support/interrupt.h"
#include "testing/machine.h"
#include "testing/testing.h"
#include "upkeep/merge.h"

#include <catch2/catch.hpp>
#include <lmdb.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <fstream>
#include <set>
#include <thread>

using namespace soundfold;
using namespace soundfold::store;
using namespace soundfold::extraction;
using testing::FakeBackbone;
using testing::largest_difference;
namespace fs = std::filesystem;

namespace {

/// `count` tones of 0.5 to about 4 s, some of them several patches long.
std::vector<ClipFile> tones(const testing::TempFolder& folder, int count) {
  std::vector<ClipFile> clips;
  for (int i = 0; i < count; ++i) {
    const fs::path path = folder / ("tone" + std::to_string(i) + ".wav");
    testing::write_tone(path, 0.5 + 0.7 * (i % 6), 150 + 40 * i);
    clips.push_back({"tone" + std::to_string(i), path});
  }
  return clips;
}

ExtractionOptions with_threads(int threads) {
  ExtractionOptions options;
  options.threads = threads;
  return options;
}

std::vector<std::string> keys(const ExtractionReport& report) {
  std::vector<std::string> all;
  for (const auto& clip : report.clips) all.push_back(clip.key);
  return all;
}

/// As a run over `clips` leaves it that began more than 2 s after the last of them had changed.
void remember_all(Store& store, const std::vector<ClipFile>& clips, const std::vector<std::string>& keys) {
  std::vector<Store::FileDigest> digests;
  for (std::size_t i = 0; i < clips.size(); ++i) {
    digests.push_back({clips[i].path, file_state(clips[i].path), keys[i].substr(0, keys[i].find('-'))});
  }
  store.remember(digests);
}

/// Forgets a pending interrupt however the test ends.
struct InterruptGuard {
  InterruptGuard() { install_interrupt_handler(); }
  ~InterruptGuard() { clear_interrupt(); }
};

}  // namespace

TEST_CASE("extraction gives each clip what its own patches give, in the requested order", "[extraction]") {
  const testing::TempFolder folder;
  const auto clips = tones(folder, 9);
  FakeBackbone backbone;
  Store store(folder / "store");
  const auto report = extract(clips, backbone, store, with_threads(1));
  CHECK(report.computed == 9);
  CHECK(report.from_store == 0);
  for (std::size_t i = 0; i < clips.size(); ++i) {
    CAPTURE(i);
    const auto waveform = audio::load_waveform(clips[i].path);
    const auto spectrogram = frontend::spectrogram(waveform);
    const auto clip = testing::stored(store, report.clips[i].key);
    REQUIRE(clip.patch_count == spectrogram.patch_count);
    CHECK(report.clips[i].patch_count == spectrogram.patch_count);
    CHECK(clip.sample_count == static_cast<std::int64_t>(waveform.size()));
    std::vector<float> embeddings(static_cast<std::size_t>(clip.patch_count * 8));
    std::vector<float> scores(static_cast<std::size_t>(clip.patch_count * 3));
    for (std::int64_t p = 0; p < clip.patch_count; ++p) {
      backbone.run(spectrogram.patch(p), 1, embeddings.data() + p * 8, scores.data() + p * 3);
    }
    CHECK(largest_difference(clip.embeddings, embeddings) < 1e-5F);
    CHECK(largest_difference(clip.scores, scores) < 1e-5F);
    // A sine of amplitude 0.5 has a level of 20 log10(0.5) - 3.01 = -9.03 dBFS.
    CHECK(clip.level_dbfs.front() == Approx(-9.03).margin(i % 6 == 0 ? 3.0 : 0.05));
  }
  CHECK_THAT(report.summary(), Catch::StartsWith("9/9 clips extracted in "));
}

TEST_CASE("a second run takes everything from the store and reads no audio", "[extraction]") {
  const testing::TempFolder folder;
  auto clips = tones(folder, 5);
  FakeBackbone backbone;
  Store store(folder / "store");
  const auto first = extract(clips, backbone, store, with_threads(1));
  const int patches = *backbone.patches_run;
  // Wrong digests are remembered for two clips: only a run that reads the audio would notice.
  std::swap(clips[2], clips[4]);
  remember_all(store, clips, keys(first));
  std::swap(clips[2], clips[4]);
  auto expected = keys(first);
  std::swap(expected[2], expected[4]);
  const auto second = extract(clips, backbone, store, with_threads(2));
  CHECK(second.from_store == 5);
  CHECK(second.computed == 0);
  CHECK(second.patches == first.patches);
  CHECK(*backbone.patches_run == patches);
  CHECK(keys(second) == expected);
  CHECK(second.summary() == "5/5 clips from the store");
}

TEST_CASE("a file that takes another's place with its size and time is noticed", "[extraction]") {
  const testing::TempFolder folder;
  const fs::path a = folder / "a.wav", b = folder / "b.wav", spare = folder / "spare.wav";
  testing::write_tone(a, 1, 440);
  testing::write_tone(b, 1, 880);
  fs::last_write_time(b, fs::last_write_time(a));
  const std::vector<ClipFile> clips = {{"a", a}, {"b", b}};
  FakeBackbone backbone;
  Store store(folder / "store");
  const auto first = extract(clips, backbone, store, with_threads(1));
  remember_all(store, clips, keys(first));
  auto expected = keys(first);
  REQUIRE(expected[0] != expected[1]);
  SECTION("two names are swapped") {
    fs::rename(a, spare);
    fs::rename(b, a);
    fs::rename(spare, b);
    std::swap(expected[0], expected[1]);
  }
  SECTION("one is moved onto the other") {
    fs::rename(b, a);
    fs::copy_file(a, b);
    fs::last_write_time(b, fs::last_write_time(a));
    expected[0] = expected[1];
  }
  SECTION("one is copied onto the other with its times") {
    const auto time = fs::last_write_time(a);
    fs::copy_file(b, a, fs::copy_options::overwrite_existing);
    fs::last_write_time(a, time);
    expected[0] = expected[1];
  }
  SECTION("one is rewritten in its place and the time set back") {
    const auto time = fs::last_write_time(a);
    const std::string other = read_file(b);
    std::fstream(a, std::ios::binary | std::ios::in | std::ios::out) << other;
    fs::last_write_time(a, time);
    expected[0] = expected[1];
  }
  REQUIRE(fs::last_write_time(a) == fs::last_write_time(b));
  const auto second = extract(clips, backbone, store, with_threads(1));
  CHECK(keys(second) == expected);
  CHECK(second.computed == 0);
}

TEST_CASE("touched files are found again, rewritten ones embedded again", "[extraction]") {
  const testing::TempFolder folder;
  const auto clips = tones(folder, 1);
  FakeBackbone backbone;
  Store store(folder / "store");
  const auto first = extract(clips, backbone, store, {});
  fs::last_write_time(clips[0].path, fs::last_write_time(clips[0].path) - std::chrono::hours(5));
  const auto touched = extract(clips, backbone, store, {});
  CHECK(touched.from_store == 1);
  CHECK(keys(first) == keys(touched));
  testing::write_tone(clips[0].path, 0.5, 777);  // the same size, other content
  fs::last_write_time(clips[0].path, fs::last_write_time(clips[0].path) - std::chrono::hours(7));
  const auto rewritten = extract(clips, backbone, store, {});
  CHECK(rewritten.computed == 1);
  CHECK(keys(first) != keys(rewritten));
}

TEST_CASE("the digest of a file that changed a moment ago is not remembered", "[extraction]") {
  const testing::TempFolder folder;
  const auto clips = tones(folder, 1);
  fs::last_write_time(clips[0].path, fs::file_time_type::clock::now());
  FakeBackbone backbone;
  Store store(folder / "store");
  extract(clips, backbone, store, {});
  CHECK_FALSE(store.remembered(clips[0].path, file_state(clips[0].path)));
  testing::make_old(clips[0].path);  // its bytes may have changed just as recently: unknown
  extract(clips, backbone, store, {});
  CHECK_FALSE(store.remembered(clips[0].path, file_state(clips[0].path)));
  while (recently_changed(file_state(clips[0].path), now_ns())) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  const auto late = extract(clips, backbone, store, {});
  const auto digest = store.remembered(clips[0].path, file_state(clips[0].path));
  REQUIRE(digest);
  CHECK_THAT(late.clips[0].key, Catch::StartsWith(*digest + "-"));
}

TEST_CASE("equal files are computed once", "[extraction]") {
  const testing::TempFolder folder;
  auto clips = tones(folder, 2);
  for (int i = 0; i < 4; ++i) {
    const fs::path copy = folder / ("copy" + std::to_string(i) + ".wav");
    fs::copy_file(clips[0].path, copy);
    clips.push_back({"copy", copy});
  }
  clips.push_back(clips[1]);
  for (const int threads : {1, 3}) {
    FakeBackbone backbone;
    Store store(folder / ("store" + std::to_string(threads)));
    const auto report = extract(clips, backbone, store, with_threads(threads));
    CHECK(report.computed == 2);
    CHECK(report.from_store == 5);
    CHECK(store.record_count() == 2);
    CHECK(report.clips[0].key == report.clips[5].key);
    CHECK(report.clips[0].patch_count == report.clips[5].patch_count);
    CHECK(report.clips[1].key == report.clips[6].key);
  }
}

TEST_CASE("three threads give what one thread gives, and one thread repeats bit for bit", "[extraction]") {
  const testing::TempFolder folder;
  const auto clips = tones(folder, 24);
  FakeBackbone backbone;
  Store one(folder / "one");
  Store again(folder / "again");
  Store three(folder / "three");
  const auto expected = extract(clips, backbone, one, with_threads(1));
  CHECK(keys(extract(clips, backbone, again, with_threads(1))) == keys(expected));
  CHECK(keys(extract(clips, backbone, three, with_threads(3))) == keys(expected));
  for (const auto& clip : expected.clips) {
    const auto wanted = testing::stored(one, clip.key);
    CHECK(testing::stored(again, clip.key).embeddings == wanted.embeddings);
    CHECK(largest_difference(testing::stored(three, clip.key).embeddings, wanted.embeddings) < 1e-5F);
    CHECK(testing::stored(three, clip.key).level_dbfs == wanted.level_dbfs);
  }
}

TEST_CASE("the first bad clip is an error that names it, and the rest is stored", "[extraction]") {
  const testing::TempFolder folder;
  auto clips = tones(folder, 3);
  clips.push_back({"garbled", folder / "garbled.wav"});
  std::ofstream(folder / "garbled.wav") << "not a sound";
  FakeBackbone backbone;
  Store store(folder / "store");
  CHECK_THROWS_WITH(extract(clips, backbone, store, with_threads(1)),
                    Catch::Contains("garbled.wav") && Catch::StartsWith("clip garbled: "));
  CHECK(store.record_count() == 3);
}

TEST_CASE("bad clips are skipped on request and listed with the reason", "[extraction]") {
  const testing::TempFolder folder;
  auto clips = tones(folder, 3);
  clips.insert(clips.begin() + 1, {"missing", folder / "missing.wav"});
  clips.insert(clips.begin() + 2, {"folder", folder.path()});
  std::ofstream(folder / "twin1.wav") << "not a sound";
  std::ofstream(folder / "twin2.wav") << "not a sound";
  clips.push_back({"twin1", folder / "twin1.wav"});
  clips.push_back({"twin2", folder / "twin2.wav"});
  FakeBackbone backbone;
  Store store(folder / "store");
  ExtractionOptions options = with_threads(1);
  options.skip_bad_clips = true;
  const auto report = extract(clips, backbone, store, options);
  CHECK(report.bad == 4);
  CHECK(report.computed == 3);
  CHECK_THAT(report.clips[1].problem, Catch::Contains("missing.wav: no such file"));
  CHECK_THAT(report.clips[2].problem, Catch::Contains("not a regular file"));
  CHECK_THAT(report.clips[5].problem, Catch::Contains("twin1.wav"));
  CHECK_THAT(report.clips[6].problem, Catch::Contains("twin2.wav") && Catch::Contains("same content"));
  CHECK(report.clips[1].key.empty());
  CHECK_FALSE(report.clips[4].key.empty());
  CHECK_THAT(report.summary(), Catch::EndsWith(", 4 bad"));
  options.max_bad_clips = 4;
  CHECK(extract(clips, backbone, store, options).bad == 4);
  options.max_bad_clips = 3;
  CHECK_THROWS_WITH(extract(clips, backbone, store, options),
                    Catch::Contains("4 bad clips, more than the 3 allowed") && Catch::Contains("missing.wav"));
}

TEST_CASE("a file that changes while it is read is tried again, then bad", "[extraction]") {
  const testing::TempFolder folder;
  const auto clips = tones(folder, 6);
  const fs::path victim = clips[5].path;  // 4 s: the batch runs while it is being decoded
  int changes_left = 1;
  FakeBackbone backbone;
  backbone.batch = 1;
  auto* const counter = &changes_left;
  int runs = 0;
  backbone.on_run = [counter, victim, &runs] {
    if (++runs > 10 && *counter > 0) {
      --*counter;
      fs::last_write_time(victim, fs::last_write_time(victim) - std::chrono::minutes(3));
    }
  };
  Store store(folder / "store");
  const std::vector<ClipFile> only = {clips[5], clips[4], clips[3], clips[5]};
  runs = 10;
  const auto once = extract({clips[5]}, backbone, store, with_threads(1));
  CHECK(once.computed == 1);
  CHECK(testing::stored(store, once.clips[0].key).patch_count == once.clips[0].patch_count);
  changes_left = 1'000;
  Store other(folder / "other");
  CHECK_THROWS_WITH(extract(only, backbone, other, with_threads(1)), Catch::Contains("keeps changing"));
  CHECK(other.record_count() == 0);
}

TEST_CASE("an interrupt stores what is done, and the same call resumes", "[extraction]") {
  const InterruptGuard guard;
  const testing::TempFolder folder;
  const auto clips = tones(folder, 20);
  FakeBackbone backbone;
  int runs = 0;
  backbone.on_run = [&runs] {
    if (++runs == 4) std::raise(SIGINT);
  };
  Store store(folder / "store");
  std::string message;
  try {
    extract(clips, backbone, store, with_threads(1));
  } catch (const Interrupted& stop) {
    message = stop.what();
    CHECK(stop.signal == SIGINT);
  }
  const auto stored = store.record_count();
  CHECK(stored > 0);
  CHECK(stored < 20);
  CHECK_THAT(message, Catch::Contains(std::to_string(stored) + " of 20 clips") && Catch::Contains("same command"));
  clear_interrupt();
  const auto report = extract(clips, backbone, store, with_threads(1));
  CHECK(report.from_store == stored);
  CHECK(report.computed == 20 - stored);
}

TEST_CASE("a failing backbone stops the run with its own error", "[extraction]") {
  const testing::TempFolder folder;
  const auto clips = tones(folder, 12);
  for (const int threads : {1, 3}) {
    FakeBackbone backbone;
    backbone.on_run = [] { throw DataError("the network broke"); };
    Store store(folder / ("store" + std::to_string(threads)));
    ExtractionOptions options = with_threads(threads);
    options.skip_bad_clips = true;  // it is no clip's fault
    CHECK_THROWS_WITH(extract(clips, backbone, store, options), "the network broke");
    CHECK(store.record_count() == 0);
  }
}

TEST_CASE("a damaged record is computed again", "[extraction]") {
  const testing::TempFolder folder;
  const auto clips = tones(folder, 4);
  FakeBackbone backbone;
  ExtractionReport first;
  ClipEmbeddings expected;
  {
    Store store(folder / "store");
    first = extract(clips, backbone, store, with_threads(1));
    expected = testing::stored(store, first.clips[1].key);
  }
  // The payload lies in the file as it is: change one float of it in place.
  const fs::path data = folder / "store/data.mdb";
  std::string bytes = read_file(data);
  const std::string wanted(static_cast<const char*>(static_cast<const void*>(expected.embeddings.data())), 32);
  const auto at = bytes.find(wanted);
  REQUIRE(at != std::string::npos);
  for (auto place = at; place != std::string::npos; place = bytes.find(wanted)) bytes[place + 5] ^= 0x10;
  std::ofstream(data, std::ios::binary) << bytes;
  Store store(folder / "store");
  const auto second = extract(clips, backbone, store, with_threads(1));
  CHECK(second.from_store == 3);
  CHECK(second.computed == 1);
  CHECK(second.recomputed_damaged == 1);
  CHECK(store.damaged_count() == 1);
  CHECK(testing::stored(store, first.clips[1].key).embeddings == expected.embeddings);
}

TEST_CASE("another recipe gives other records", "[extraction]") {
  const testing::TempFolder folder;
  const auto clips = tones(folder, 3);
  FakeBackbone backbone;
  Store store(folder / "store");
  const auto usual = extract(clips, backbone, store, {});
  ExtractionOptions dense;
  dense.patch_hop_frames = 24;
  const auto denser = extract(clips, backbone, store, dense);
  CHECK(denser.computed == 3);
  CHECK(denser.patches > usual.patches);
  backbone.digest = "other weights";
  CHECK(extract(clips, backbone, store, {}).computed == 3);
  CHECK(store.record_count() == 9);
  CHECK(store.recipes().size() == 3);
}

TEST_CASE("the choice of channels has its own records, and files whose channels cancel are counted", "[extraction]") {
  const testing::TempFolder folder;
  std::vector<ClipFile> clips;
  for (int i = 0; i < 5; ++i) {
    const fs::path path = folder / ("clip" + std::to_string(i) + ".wav");
    testing::write_stereo_tone(path, 200 + 100 * i, 1, i == 4 ? 0.5 : -1);
    clips.push_back({path.filename().string(), path});
  }
  FakeBackbone backbone;
  Store store(folder / "store");
  const auto mean = extract(clips, backbone, store, with_threads(1));
  CHECK(mean.channels_cancel == 4);
  CHECK_THAT(mean.summary(), Catch::Contains("4 whose channels cancel each other"));
  for (const auto channels : {audio::Channels::left, audio::Channels::right, audio::Channels::loudest}) {
    auto options = with_threads(1);
    options.channels = channels;
    const auto one = extract(clips, backbone, store, options);
    CHECK(one.computed == 5);  // nothing of the others' records
    CHECK(one.channels_cancel == 0);
    CHECK(one.clips[0].key != mean.clips[0].key);
  }
  CHECK(store.record_count() == 20);
  CHECK_THAT(recipe_for(backbone, with_threads(1)).text(),
             Catch::Contains("decode_recipe=mean-channels soxr-hq-16000"));
}

TEST_CASE("records of YAMNet's front end keep their keys; other front ends have their own", "[extraction]") {
  FakeBackbone backbone;
  const auto recipe = recipe_for(backbone, {});
  CHECK(recipe.text() ==
        "weights_digest=fake-weights\narithmetic=onednn float32\nconformance_number=2\n"
        "decode_recipe=mean-channels soxr-hq-16000 v3\npatch_hop_frames=48\ndtype=float32\nvariant=\n");
  CHECK(recipe.digest() == "3b6923303e6ea55be350a997db504534");
  backbone.recipe.patch_hop_frames = 24;  // what the network's file suggests is no part of the front end
  CHECK(recipe_for(backbone, {}).digest() == recipe.digest());

  backbone.recipe.sample_rate_hz = 32'000;
  backbone.recipe.mel_high_hz = 15'000;
  const auto other = recipe_for(backbone, {});
  CHECK_THAT(other.text(), Catch::Contains("conformance_number=2\nfront_end=32000 Hz, window 400, hop 160, FFT 512, "
                                           "64 bands from 125 to 15000 Hz, ln(x + 0.001"));
  CHECK_THAT(other.text(), Catch::Contains("decode_recipe=mean-channels soxr-hq-32000 v3\n"));
  for (int frontend::InputRecipe::*number :
       {&frontend::InputRecipe::sample_rate_hz, &frontend::InputRecipe::window_samples,
        &frontend::InputRecipe::hop_samples, &frontend::InputRecipe::fft_length, &frontend::InputRecipe::mel_bands,
        &frontend::InputRecipe::patch_frames}) {
    FakeBackbone changed;
    changed.recipe.*number += 2;
    CHECK(recipe_for(changed, {}).digest() != recipe.digest());
  }
  for (double frontend::InputRecipe::*number :
       {&frontend::InputRecipe::mel_low_hz, &frontend::InputRecipe::mel_high_hz, &frontend::InputRecipe::log_offset}) {
    FakeBackbone changed;
    changed.recipe.*number *= 1 + 1e-12;
    CHECK(recipe_for(changed, {}).digest() != recipe.digest());
  }
}

TEST_CASE("extraction decodes to the rate that the backbone takes", "[extraction]") {
  const testing::TempFolder folder;
  testing::write_tone(folder / "a.wav", 1.0, 440);
  FakeBackbone backbone;
  backbone.recipe.sample_rate_hz = 32'000;
  Store store(folder / "store");
  const auto report = extract({{"a", folder / "a.wav"}}, backbone, store, with_threads(1));
  REQUIRE(report.computed == 1);
  CHECK(report.audio_seconds_computed == Approx(1));
  // 32,000 samples in windows of 15,600, 7,680 apart: 1 + ceil(16400 / 7680).
  CHECK(report.clips[0].patch_count == 4);
}

TEST_CASE("impossible options and empty lists", "[extraction]") {
  const testing::TempFolder folder;
  FakeBackbone backbone;
  Store store(folder / "store");
  ExtractionOptions options;
  options.patch_hop_frames = 0;
  CHECK_THROWS_AS(extract({}, backbone, store, options), UsageError);
  options = with_threads(-1);
  CHECK_THROWS_AS(extract({}, backbone, store, options), UsageError);
  CHECK(extract({}, backbone, store, {}).clips.empty());
}

TEST_CASE("memory stays flat over a ten-minute recording", "[extraction]") {
  const testing::TempFolder folder;
  // Each step in a process of its own, so that memory freed by one cannot hide what the next needs.
  REQUIRE(testing::in_child([&] { testing::write_tone(folder / "long.wav", 600, 440); }) == 0);
  REQUIRE(testing::in_child([&] { testing::write_tone(folder / "short.wav", 2, 440); }) == 0);
  const int grown_megabytes = testing::in_child([&] {
    FakeBackbone backbone;
    Store store(folder / "store");
    extract({{"short", folder / "short.wav"}}, backbone, store, with_threads(1));
    const auto before = testing::memory_bytes("VmHWM");
    const auto report = extract({{"long", folder / "long.wav"}}, backbone, store, with_threads(1));
    if (report.patches != 1249) _exit(98);  // 1 + ceil((9600000 - 15600) / 7680)
    // The kernel counts pages of each thread in batches: the peak may seem to shrink.
    _exit(static_cast<int>(std::max<std::int64_t>(0, testing::memory_bytes("VmHWM") - before) >> 20));
  });
  // Its waveform would take 38 MB, its log-mel frames 15 MB.
  CHECK(grown_megabytes < 6);
}

TEST_CASE("a variant has its own record under its own recipe, and changes nothing else", "[extraction]") {
  const testing::TempFolder folder;
  auto clips = tones(folder, 3);
  const auto louder = std::make_shared<WaveformTransform>();
  louder->text = "ten times";
  std::vector<std::string> digests;
  louder->apply = [&](std::vector<float> waveform, const std::string& digest) {
    digests.push_back(digest);
    for (float& x : waveform) x *= 10;
    return waveform;
  };
  for (std::size_t i = 0; i < 3; ++i) clips.push_back({clips[i].id + " louder", clips[i].path, louder});
  FakeBackbone backbone;
  Store store(folder / "store");
  const auto report = extract(clips, backbone, store, with_threads(1));
  CHECK(report.computed == 6);
  REQUIRE(digests.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(report.clips[i].key.rfind(digests[i] + "-", 0) == 0);
    CHECK(report.clips[i + 3].key.rfind(digests[i] + "-", 0) == 0);
    CHECK(report.clips[i].key != report.clips[i + 3].key);
    const auto plain = testing::stored(store, report.clips[i].key),
               loud = testing::stored(store, report.clips[i + 3].key);
    REQUIRE(plain.patch_count == loud.patch_count);
    // Ten times the amplitude is 20 dB.
    CHECK(loud.level_dbfs[0] - plain.level_dbfs[0] == Approx(20).margin(0.001));
  }
  CHECK(store.recipes().size() == 2);

  // Found again; a transform of another text is another record.
  CHECK(extract(clips, backbone, store, with_threads(2)).from_store == 6);
  const auto other = std::make_shared<WaveformTransform>(*louder);
  other->text = "eleven times";
  for (std::size_t i = 3; i < 6; ++i) clips[i].variant = other;
  CHECK(extract(clips, backbone, store, with_threads(1)).computed == 3);
  CHECK(digests.size() == 6);
}

TEST_CASE("patches of a variant are changed one by one before they are embedded", "[extraction]") {
  const testing::TempFolder folder;
  auto clips = tones(folder, 1);
  const auto changing = std::make_shared<WaveformTransform>();
  changing->text = "patch numbers";
  changing->apply = [](std::vector<float> waveform, const std::string&) { return waveform; };
  std::vector<std::int64_t> numbers;
  changing->change_patch = [&](float* patch, std::int64_t frames, std::int64_t number, const std::string& digest) {
    CHECK(frames == frontend::kPatchFrames);
    CHECK(digest.size() == 32);
    numbers.push_back(number);
    std::fill_n(patch, frontend::kPatchValues, static_cast<float>(number));
  };
  clips.push_back({"changed", clips[0].path, changing});
  FakeBackbone backbone;
  Store store(folder / "store");
  const auto report = extract(clips, backbone, store, with_threads(1));
  const auto recorded = testing::stored(store, report.clips[0].key),
             changed = testing::stored(store, report.clips[1].key);
  CHECK(numbers.size() == static_cast<std::size_t>(changed.patch_count));
  for (std::size_t i = 0; i < numbers.size(); ++i) CHECK(numbers[i] == static_cast<std::int64_t>(i));
  CHECK(changed.patch_count == recorded.patch_count);
  CHECK(changed.level_dbfs == recorded.level_dbfs);
  CHECK(changed.embeddings != recorded.embeddings);
}

TEST_CASE("a variant of a stretch is made of the stretch's samples, and has a record of its own", "[extraction]") {
  const testing::TempFolder folder;
  std::vector<float> rising(80'000);
  for (std::size_t i = 0; i < rising.size(); ++i)
    rising[i] = (i % 2 == 0 ? 1.0F : -1.0F) * static_cast<float>(i) / 1e5F;
  audio::write_wav(folder / "tape.wav", rising, 16000);
  const auto same = std::make_shared<WaveformTransform>();
  same->text = "the same";
  std::vector<std::string> digests;
  same->apply = [&](std::vector<float> waveform, const std::string& digest) {
    digests.push_back(digest);
    return waveform;
  };
  const frontend::Stretch stretch{1, 3};
  const std::vector<ClipFile> clips = {{"tape", folder / "tape.wav"},
                                       {"first", folder / "tape.wav", same, stretch},
                                       {"second", folder / "tape.wav", same, frontend::Stretch{2, 4}},
                                       {"whole", folder / "tape.wav", same}};
  FakeBackbone backbone;
  Store store(folder / "store");
  const auto report = extract(clips, backbone, store, with_threads(1));
  CHECK(report.computed == 4);
  CHECK(store.recipes().size() == 2);
  const auto recorded = testing::stored(store, report.clips[0].key), part = testing::stored(store, report.clips[1].key);
  const auto range = frontend::patches_of(stretch, recorded.patch_count);
  REQUIRE(part.patch_count == range.count);
  for (std::int64_t p = 0; p < range.count; ++p) {
    CHECK(part.level_dbfs[static_cast<std::size_t>(p)] ==
          Approx(recorded.level_dbfs[static_cast<std::size_t>(range.first + p)]).margin(1e-4));
  }
  CHECK(std::set<std::string>(digests.begin(), digests.end()).size() == 3);
  CHECK(extract(clips, backbone, store, with_threads(2)).from_store == 4);
}

TEST_CASE("a transform that fails on a clip makes that clip bad", "[extraction]") {
  const testing::TempFolder folder;
  auto clips = tones(folder, 2);
  const auto failing = std::make_shared<WaveformTransform>();
  failing->text = "fails";
  failing->apply = [](std::vector<float>, const std::string&) -> std::vector<float> {
    throw DataError("no such luck");
  };
  clips[1].variant = failing;
  FakeBackbone backbone;
  Store store(folder / "store");
  auto options = with_threads(1);
  options.skip_bad_clips = true;
  const auto report = extract(clips, backbone, store, options);
  CHECK(report.computed == 1);
  CHECK(report.clips[1].problem == "no such luck");
}

TEST_CASE("a long clip is stored in parts and reads as one record", "[extraction]") {
  const testing::TempFolder folder;
  testing::write_tone(folder / "long.wav", 300, 440);  // 1 + ceil((4800000 - 15600) / 7680) = 624 patches
  testing::write_tone(folder / "short.wav", 3, 300);
  const std::vector<ClipFile> clips = {{"long", folder / "long.wav"}, {"short", folder / "short.wav"}};
  FakeBackbone backbone;
  backbone.batch = 7;
  Store store(folder / "store");
  const auto report = extract(clips, backbone, store, with_threads(1));
  REQUIRE(report.clips[0].patch_count == 624);
  CHECK(store.record_count() == 2);

  const auto spectrogram = frontend::spectrogram(audio::load_waveform(clips[0].path));
  const auto clip = testing::stored(store, report.clips[0].key);
  REQUIRE(clip.patch_count == 624);
  CHECK(clip.sample_count == 4'800'000);
  std::vector<float> embeddings(624 * 8), scores(624 * 3);
  for (std::int64_t p = 0; p < 624; ++p) {
    backbone.run(spectrogram.patch(p), 1, embeddings.data() + p * 8, scores.data() + p * 3);
  }
  CHECK(largest_difference(clip.embeddings, embeddings) < 1e-5F);
  CHECK(largest_difference(clip.scores, scores) < 1e-5F);
  REQUIRE(clip.level_dbfs.size() == 624);
  CHECK(clip.level_dbfs[300] == Approx(-9.03).margin(0.05));

  const auto again = extract(clips, backbone, store, with_threads(1));
  CHECK(again.from_store == 2);
  CHECK(again.clips[0].patch_count == 624);
}

TEST_CASE("how a long clip is divided into parts does not depend on the clips before it", "[extraction]") {
  const testing::TempFolder folder;
  testing::write_tone(folder / "short.wav", 1, 300);
  testing::write_tone(folder / "long.wav", 140, 500);      // 1 + ceil((140 * 16,000 - 15,600) / 7,680) = 291 patches
  testing::write_tone(folder / "exact.wav", 123.36, 700);  // 256 patches
  const ClipFile small{"short", folder / "short.wav"}, big{"long", folder / "long.wav"},
      exact{"exact", folder / "exact.wav"};
  FakeBackbone backbone;
  backbone.batch = 5;
  {
    Store first(folder / "first"), second(folder / "second");
    const auto report = extract({big, exact}, backbone, first, with_threads(1));
    CHECK(report.clips[0].patch_count == 291);
    CHECK(report.clips[1].patch_count == 256);
    extract({small, exact, big}, backbone, second, with_threads(1));
  }
  const auto result = upkeep::merge_stores(folder / "second", {folder / "first"}, [](const std::string&) {});
  CHECK(result.present == 2);
  CHECK(result.different == 0);
}

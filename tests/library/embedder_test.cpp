// SPDX-License-Identifier: Apache-2.0
#include "audio/waveform.h"
#include "engines/onednn_engine.h"
#include "frontend/log_mel.h"
#include "support/files.h"
#include "testing/testing.h"
#include "weights/safetensors.h"
#include "weights/sample_weights.h"
#include "weights/weights.h"

#include <catch2/catch.hpp>
#include <soundfold/embedder.h>
#include <soundfold/error.h>

#include <cmath>
#include <filesystem>
#include <limits>
#include <thread>

using namespace soundfold;

namespace {

std::filesystem::path small_network() {
  return testing::source_folder() / "models/soundfold-small/soundfold-small.safetensors";
}

/// Fifteen seconds: more patches than the network takes at once.
std::vector<float> chirp() {
  std::vector<float> samples(240'000);
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const double t = static_cast<double>(i) / 16'000;
    samples[i] = static_cast<float>(0.3 * std::sin(2 * 3.14159265358979 * (200 * t + 90 * t * t)));
  }
  return samples;
}

}  // namespace

TEST_CASE("the library embeds as front end and engine do, from samples, a file, and in a stream", "[library]") {
  const auto waveform = chirp();
  weights::Weights weights = weights::read_described_weights(small_network());
  const auto backbone = engines::onednn_backbone(weights, "digest", {});
  Embedder embedder(small_network());
  CHECK(embedder.embedding_size() == backbone->embedding_size());
  CHECK(embedder.class_names() == weights.class_names);
  const Embeddings result = embedder.embed(waveform);

  const auto spectrogram = frontend::spectrogram(waveform);
  REQUIRE(result.patch_count == spectrogram.patch_count);
  REQUIRE(result.patch_count == 31);
  const auto size = static_cast<std::size_t>(result.embedding_size);
  const auto classes = static_cast<std::size_t>(result.class_count);
  REQUIRE(result.embeddings.size() == 31 * size);
  REQUIRE(result.scores.size() == 31 * classes);
  CHECK(result.levels_dbfs.size() == 31);
  CHECK(result.levels_dbfs[0] == Approx(20 * std::log10(0.3) - 3.01).margin(0.05));
  std::vector<float> embedding(size), scores(classes);
  float largest = 0;
  for (std::size_t p = 0; p < 31; ++p) {
    backbone->run(spectrogram.patch(static_cast<std::int64_t>(p)), 1, embedding.data(), scores.data());
    for (std::size_t i = 0; i < size; ++i)
      largest = std::max(largest, std::abs(embedding[i] - result.embeddings[p * size + i]));
    for (std::size_t i = 0; i < classes; ++i)
      largest = std::max(largest, std::abs(scores[i] - result.scores[p * classes + i]));
  }
  CHECK(largest < 1e-5F);  // batches of other sizes add in another order

  const testing::TempFolder folder;
  audio::write_wav(folder / "chirp.wav", waveform, 16'000);
  const Embeddings of_file = embedder.embed_file(folder / "chirp.wav");
  CHECK(of_file.embeddings == embedder.embed(audio::load_waveform(folder / "chirp.wav")).embeddings);
  std::int64_t next = 0;
  bool equal = true;
  const auto take = [&](const PatchResult& patch) {
    const auto* row = of_file.embeddings.data() + static_cast<std::size_t>(next) * size;
    equal = equal && std::equal(row, row + size, patch.embedding) && patch.first_sample == next * 7'680;
    ++next;
  };
  CHECK(embedder.stream_file(folder / "chirp.wav", take) == 31);
  CHECK(next == 31);
  CHECK(equal);
}

TEST_CASE("the library's embedder is shared by threads, and can be used again after a failure", "[library]") {
  const auto waveform = chirp();
  EmbedderOptions options;
  options.patch_hop_frames = 96;
  Embedder embedder(small_network(), options);
  const Embeddings expected = embedder.embed(waveform);
  CHECK(expected.patch_count == 16);
  std::vector<Embeddings> found(3);
  std::vector<std::thread> threads;
  for (auto& result : found) {
    threads.emplace_back([&] {
      Embedder own = embedder.share();
      result = own.embed(waveform);
    });
  }
  for (auto& thread : threads) thread.join();
  for (const auto& result : found) CHECK(result.embeddings == expected.embeddings);

  const testing::TempFolder folder;
  audio::write_wav(folder / "chirp.wav", waveform, 16'000);
  struct Own {};
  CHECK_THROWS_AS(embedder.stream_file(folder / "chirp.wav", [](const PatchResult&) { throw Own{}; }), Own);
  CHECK_THROWS_AS(embedder.embed_file(folder / "none.wav"), DataError);
  CHECK(embedder.embed(waveform).embeddings == expected.embeddings);
  Embedder moved = std::move(embedder);
  CHECK(moved.embed(waveform).scores == expected.scores);
}

TEST_CASE("the library's embedder refuses what it cannot take", "[library]") {
  Embedder embedder(small_network());
  CHECK_THROWS_AS(embedder.embed({}), UsageError);
  CHECK_THROWS_AS(embedder.embed(nullptr, 5), UsageError);
  CHECK_THROWS_WITH(embedder.embed({0, std::numeric_limits<float>::quiet_NaN()}),
                    Catch::Matchers::Contains("sample 1"));
  CHECK_THROWS_AS(embedder.embed({0, -101}), UsageError);
  EmbedderOptions options;
  options.patch_hop_frames = 0;
  CHECK_THROWS_AS(Embedder(small_network(), options), UsageError);
  options = {};
  options.precision = Precision::int8;  // only the TFLite file has it
  CHECK_THROWS_AS(Embedder(small_network(), options), UsageError);

  const testing::TempFolder folder;
  CHECK_THROWS_AS(Embedder(folder / "missing.safetensors"), DataError);
  write_file_atomically(folder / "yamnet.pt", "PK\x03\x04 and so on");
  CHECK_THROWS_WITH(Embedder(folder / "yamnet.pt"),
                    Catch::Matchers::Contains("LibTorch") && Catch::Matchers::Contains("importer"));
}

TEST_CASE("the library takes sound at the rate of the network", "[library]") {
  const testing::TempFolder folder;
  const auto network =
      weights::testing::random_weights(weights::testing::other_geometry(), 3, 5, network::Activation::relu6);
  write_file_atomically(folder / "other.safetensors", weights::safetensors_bytes(network));
  audio::write_wav(folder / "noise.wav", weights::testing::random_waveform(48'000, 2), 48'000);
  EmbedderOptions options;
  options.patch_hop_frames = 24;
  Embedder embedder(folder / "other.safetensors", options);
  CHECK(embedder.sample_rate_hz() == 32'000);
  CHECK(embedder.embedding_size() == 7);
  const auto of_file = embedder.embed_file(folder / "noise.wav");
  CHECK(of_file.patch_count == 4);  // 32,000 samples in windows of 15,840, 7,680 apart
  const auto at_its_rate = audio::load_waveform(folder / "noise.wav", {audio::Channels::mean, 0, 32'000});
  CHECK(embedder.embed(at_its_rate).embeddings == of_file.embeddings);
  CHECK(Embedder(small_network()).sample_rate_hz() == 16'000);
}

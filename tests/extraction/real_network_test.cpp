// SPDX-License-Identifier: Apache-2.0
#include "extraction/extraction.h"
#include "extraction/fixtures.h"
#include "support/files.h"
#include "testing/testing.h"
#include "text/npy.h"
#include "weights/tflite.h"
#include "yamnet/load_backbone.h"
#include "yamnet/module.h"
#include "yamnet/module_file.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <fstream>

using namespace soundfold;
using namespace soundfold::weights;
using namespace soundfold::store;
using namespace soundfold::extraction;
using namespace soundfold::engines;
using testing::largest_difference;
namespace fs = std::filesystem;

namespace {

/// Imports the published weights into `folder` and loads them.
std::unique_ptr<engines::Backbone> real_backbone(const testing::TempFolder& folder) {
  const auto weights = weights::read_tflite(testing::assets_folder() / "yamnet/yamnet_classification_int8.tflite");
  yamnet::save_module(yamnet::build_module(weights), weights, folder / "yamnet.pt");
  engines::BackboneOptions options;
  options.threads = 1;
  return yamnet::load_backbone(folder / "yamnet.pt", options);
}

/// The two sample recordings and some of ESC-50, short and long formats mixed.
std::vector<ClipFile> recordings(std::size_t count) {
  const fs::path assets = testing::assets_folder();
  std::vector<fs::path> paths = {assets / "audio/miaow_16k.wav", assets / "audio/speech_whistling2.wav"};
  std::vector<fs::path> more;
  for (const auto& entry : fs::directory_iterator(assets / "esc50/audio")) more.push_back(entry.path());
  std::sort(more.begin(), more.end());
  paths.insert(paths.end(), more.begin(), more.begin() + static_cast<std::ptrdiff_t>(count));
  std::vector<ClipFile> clips;
  for (const auto& path : paths) clips.push_back({path.filename().string(), path});
  return clips;
}

}  // namespace

TEST_CASE("stored embeddings and scores are the references', and a second run computes nothing", "[embedder][assets]") {
  const testing::TempFolder folder;
  const auto backbone = real_backbone(folder);
  const auto clips = recordings(6);
  Store store(folder / "store");
  ExtractionOptions options;
  options.threads = 1;
  const auto first = extract(clips, *backbone, store, options);
  CHECK(first.computed == 8);
  const fs::path references = testing::assets_folder() / "reference";
  const std::vector<std::string> names = {"miaow_16k", "speech_whistling2"};
  for (std::size_t i = 0; i < names.size(); ++i) {
    CAPTURE(names[i]);
    const auto clip = testing::stored(store, first.clips[i].key);
    CHECK(largest_difference(clip.embeddings, read_npy(references / (names[i] + ".embeddings.npy")).values) < 1e-3F);
    CHECK(largest_difference(clip.scores, read_npy(references / (names[i] + ".scores.npy")).values) < 1e-4F);
  }
  const auto second = extract(clips, *backbone, store, options);
  CHECK(second.computed == 0);
  CHECK(second.from_store == 8);

  Store other(folder / "other");
  options.threads = 3;
  extract(clips, *backbone, other, options);
  for (const auto& clip : first.clips) {
    const auto one = testing::stored(store, clip.key);
    CHECK(largest_difference(testing::stored(other, clip.key).embeddings, one.embeddings) < 1e-5F);
  }
}

TEST_CASE("a corrupted record of a real recording is computed again and is equal", "[embedder][assets]") {
  const testing::TempFolder folder;
  const auto backbone = real_backbone(folder);
  const auto clips = recordings(2);
  ExtractionOptions options;
  options.threads = 1;
  ExtractionReport first;
  ClipEmbeddings expected;
  {
    Store store(folder / "store");
    first = extract(clips, *backbone, store, options);
    expected = testing::stored(store, first.clips[0].key);
  }
  const fs::path data = folder / "store/data.mdb";
  std::string bytes = read_file(data);
  const std::string start(static_cast<const char*>(static_cast<const void*>(expected.embeddings.data())), 4096);
  const auto at = bytes.find(start);
  REQUIRE(at != std::string::npos);
  for (std::size_t i = 0; i < 1000; ++i) bytes[at + i] = static_cast<char>(i);
  std::ofstream(data, std::ios::binary) << bytes;

  Store store(folder / "store");
  const auto second = extract(clips, *backbone, store, options);
  CHECK(second.recomputed_damaged == 1);
  CHECK(second.computed == 1);
  CHECK(second.from_store == 3);
  CHECK(largest_difference(testing::stored(store, first.clips[0].key).embeddings, expected.embeddings) < 1e-5F);
}

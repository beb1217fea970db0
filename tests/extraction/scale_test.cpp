// SPDX-License-Identifier: Apache-2.0
#include "extraction/clip_list.h"
#include "extraction/extraction.h"
#include "extraction/fixtures.h"
#include "support/files.h"
#include "testing/machine.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>
#include <unistd.h>

#include <algorithm>
#include <fstream>

using namespace soundfold;
using namespace soundfold::store;
using namespace soundfold::extraction;
namespace fs = std::filesystem;

namespace {

/// With records of YAMNet's size: a value of the patch in every place.
class WideBackbone : public testing::FakeBackbone {
 public:
  void run(const float* patches, std::int64_t patch_count, float* embeddings, float* scores) override {
    std::fill_n(embeddings, patch_count * embedding_size(), patches[0]);
    std::fill_n(scores, patch_count * class_count(), patches[1]);
  }
  std::unique_ptr<Backbone> share() const override { return std::make_unique<WideBackbone>(*this); }
  std::int64_t embedding_size() const override { return 1024; }
  std::int64_t class_count() const override { return 521; }
};

/// `count` files of 0.05 s that differ in one sample.
void write_tiny_clips(const fs::path& folder, int count) {
  testing::write_tone(folder / "first.wav", 0.05, 440);
  std::string bytes = read_file(folder / "first.wav");
  fs::remove(folder / "first.wav");
  for (int i = 0; i < count; ++i) {
    const fs::path path = folder / (std::to_string(i) + ".wav");
    bytes[bytes.size() - 1] = static_cast<char>(i >> 8);
    bytes[bytes.size() - 2] = static_cast<char>(i);
    std::ofstream(path, std::ios::binary) << bytes;
    testing::make_old(path);
  }
}

/// Embeds all clips of `folder`, cold and then warm; ends the process when something is wrong.
void embed_twice(const fs::path& folder, const fs::path& store_folder, std::int64_t count) {
  ClipList clips;
  clips.add(folder.string());
  clips.drop_repeated();
  const ClipSource source{clips.size(), [&](std::size_t i) { return ClipFile{clips.path(i), clips.path(i)}; }};
  WideBackbone backbone;
  ExtractionOptions options;
  options.threads = 1;
  Store store(store_folder);
  ClipResults results;
  if (extract(source, backbone, store, options, results).computed != count) _exit(97);
  if (extract(source, backbone, store, options, results).from_store != count) _exit(98);
}

}  // namespace

// The store has 24 MB, of which some 8 MB may be in memory at a time.
#ifdef __SANITIZE_THREAD__
constexpr int kAllowedGrowthMegabytes = 4 * 12;  // each byte has up to four of ThreadSanitizer's beside it
#elif defined(__SANITIZE_ADDRESS__)
constexpr int kAllowedGrowthMegabytes = 12 + 8;  // freed memory waits in AddressSanitizer's quarantine, limited to 8 MB
#else
constexpr int kAllowedGrowthMegabytes = 12;
#endif

TEST_CASE("memory stays flat from 300 to 3,000 clips", "[extraction]") {
  const testing::TempFolder folder;
  fs::create_directories(folder / "few");
  fs::create_directories(folder / "many");
  write_tiny_clips(folder / "few", 300);
  write_tiny_clips(folder / "many", 3000);
  const int grown_megabytes = testing::in_child([&] {
    embed_twice(folder / "few", folder / "store1", 300);
    const auto before = testing::memory_bytes("VmHWM");
    embed_twice(folder / "many", folder / "store2", 3000);
    _exit(static_cast<int>((testing::memory_bytes("VmHWM") - before) >> 20));
  });
  CHECK(grown_megabytes < kAllowedGrowthMegabytes);
}

TEST_CASE("results of many clips are kept compactly and read back completely", "[extraction]") {
  ClipResults results(3);
  const std::string key = "00112233445566778899aabbccddeeff-ffeeddccbbaa99887766554433221100";
  results.claim(0, RecordKey(key));
  CHECK(results.at(0).key.empty());
  results.set_good(0, 7);
  results.set_bad(2, "gone");
  CHECK(results.at(0).key == key);
  CHECK(results.at(0).patch_count == 7);
  CHECK(results.at(1).key.empty());
  CHECK(results.at(1).problem.empty());
  CHECK(results.at(2).problem == "gone");
  CHECK(results.first_problem().first == 2);
  CHECK_THROWS(RecordKey("00112233445566778899AABBCCDDEEFF-ffeeddccbbaa99887766554433221100"));
  CHECK_THROWS(RecordKey("00112233445566778899aabbccddeeff_ffeeddccbbaa99887766554433221100"));
  CHECK_THROWS(RecordKey(key + "0"));
}

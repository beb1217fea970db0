// SPDX-License-Identifier: Apache-2.0
#include "sharding/run_shard.h"

#include "extraction/fixtures.h"
#include "sharding/internal/landing.h"
#include "sharding/shard_clips.h"
#include "shards/landed.h"
#include "support/errors.h"
#include "support/files.h"
#include "support/hashing.h"
#include "support/interrupt.h"
#include "testing/testing.h"
#include "upkeep/merge.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <fstream>
#include <numeric>
#include <thread>

using namespace soundfold;
using namespace soundfold::sharding;
using testing::FakeBackbone;
namespace fs = std::filesystem;

namespace {

/// Tones, a folder for shards and one for scratch.
struct Workshop {
  explicit Workshop(int clip_count) {
    for (int i = 0; i < clip_count; ++i) {
      const std::string path = (folder / ("tone" + std::to_string(i) + ".wav")).string();
      testing::write_tone(path, 0.5 + 0.7 * (i % 4), 150 + 40 * i);
      clips.add(path);
    }
    options.folder = folder / "shards";
    options.scratch = folder / "scratch";
    options.extraction.threads = 1;
  }

  ShardOutcome run(int index, int count) { return run_shard(clips, {index, count}, backbone, options); }
  bool scratch_is_empty() const { return !fs::exists(folder / "scratch") || fs::is_empty(folder / "scratch"); }

  testing::TempFolder folder;
  extraction::ClipList clips;
  FakeBackbone backbone;
  ShardOptions options;
};

/// The records of the whole list, by one process and without shards.
void extract_all(Workshop& shop, const fs::path& folder) {
  store::Store store(folder);
  extraction::ClipResults results;
  extraction::extract(extraction::source_of(shop.clips), shop.backbone, store, shop.options.extraction, results);
}

upkeep::MergeResult merged(const fs::path& out, const std::vector<fs::path>& inputs) {
  return upkeep::merge_stores(out, inputs, [](const std::string&) {});
}

}  // namespace

TEST_CASE("each clip is in one shard, and the list's digest is that of its lines", "[sharding]") {
  const testing::TempFolder folder;
  extraction::ClipList clips;
  std::string lines;
  for (int i = 0; i < 100; ++i) {
    const std::string path = "/sounds/" + std::to_string(i) + ".wav";
    clips.add(path);
    lines += path + "\n";
  }
  CHECK(list_sha256(clips) == hash_bytes(HashKind::sha256, lines));
  std::vector<int> times(100);
  for (int shard = 0; shard < 7; ++shard) {
    for (const auto index : clips_of(clips, {shard, 7})) ++times.at(index);
  }
  CHECK(times == std::vector<int>(100, 1));
  CHECK(clips_of(clips, {0, 1}).size() == 100);
}

TEST_CASE("the union of the shards has the records of one process, byte for byte", "[sharding]") {
  Workshop shop(20);
  std::int64_t clips = 0;
  for (int i = 0; i < 4; ++i) {
    const auto outcome = shop.run(i, 4);
    CHECK(!outcome.present);
    CHECK(outcome.manifest.records == outcome.manifest.clips);
    clips += outcome.manifest.clips;
  }
  CHECK(clips == 20);
  CHECK(shop.scratch_is_empty());
  extract_all(shop, shop.folder / "one");
  const auto result = merged(shop.folder / "one", shards::landed_stores(shop.options.folder));
  CHECK(result.present == 20);
  CHECK(result.added + result.different + result.damaged == 0);
  CHECK(store::Store(shop.folder / "one").record_count() == 20);
}

TEST_CASE("a folder of landed shards opens as one store, for reading", "[sharding]") {
  Workshop shop(12);
  shop.run(0, 3);
  shop.run(1, 3);
  CHECK_THROWS_WITH(store::Store(shop.options.folder), Catch::Contains("1 of 3 shards cannot be used"));
  shop.run(2, 3);
  const store::Store shards(shop.options.folder);
  CHECK(shards.read_only());
  CHECK(shards.record_count() == 12);
  CHECK(shards.recipes().size() == 1);
  extract_all(shop, shop.folder / "one");
  const store::Store one(shop.folder / "one");
  std::vector<std::string> keys, keys_of_one;
  shards.for_each_key("", [&](std::string_view key) { keys.emplace_back(key); });
  one.for_each_key("", [&](std::string_view key) { keys_of_one.emplace_back(key); });
  CHECK(keys == keys_of_one);
  for (const auto& key : keys) {
    const auto wanted = testing::stored(one, key);
    CHECK(shards.read(key, [&](const store::ClipEmbeddingsView& view) { CHECK(testing::equal(wanted, view)); }));
  }
  CHECK(shards.inspect(std::string(32, '0') + "-" + std::string(32, '0')) == store::RecordState::missing);
  CHECK(!fs::exists(shop.options.folder / "shard-00000-of-00003/lock.mdb"));

  // Extraction over them finds everything, and what is new cannot be stored.
  store::Store again(shop.options.folder);
  extraction::ClipResults results;
  auto totals =
      extraction::extract(extraction::source_of(shop.clips), shop.backbone, again, shop.options.extraction, results);
  CHECK(totals.from_store == 12);
  extraction::ClipList more;
  testing::write_tone(shop.folder / "new.wav", 1, 1000);
  more.add((shop.folder / "new.wav").string());
  CHECK_THROWS_WITH(
      extraction::extract(extraction::source_of(more), shop.backbone, again, shop.options.extraction, results),
      Catch::Contains("lacks some clips and cannot be written"));
}

TEST_CASE("a shard that has landed is not made again, unless that is asked for; its bytes are the same", "[sharding]") {
  Workshop shop(8);
  std::this_thread::sleep_for(std::chrono::milliseconds(2100));  // from then on the files' digests are remembered
  const auto first = shop.run(1, 2);
  const auto data = shards::data_file(shop.options.folder, {1, 2});
  CHECK(hash_file(HashKind::sha256, data) == first.manifest.sha256);
  const int patches = *shop.backbone.patches_run;
  const auto second = shop.run(1, 2);
  CHECK(second.present);
  CHECK(*shop.backbone.patches_run == patches);
  CHECK(shards::manifest_text(second.manifest) == shards::manifest_text(first.manifest));
  shop.options.again = true;
  shop.options.extraction.threads = 2;
  const auto third = shop.run(1, 2);
  CHECK(!third.present);
  CHECK(third.totals.computed == first.manifest.clips);
  CHECK(shards::manifest_text(third.manifest) == shards::manifest_text(first.manifest));
  CHECK(hash_file(HashKind::sha256, data) == first.manifest.sha256);
  CHECK_THAT(second.summary("shards"), Catch::StartsWith("shard 1/2 had landed in shards: "));
  CHECK_THAT(third.summary("shards"), Catch::StartsWith("shard 1/2 landed in shards: "));
}

TEST_CASE("a killed shard resumes from its scratch folder", "[sharding]") {
  Workshop shop(12);
  shop.backbone.batch = 1;
  const int code = testing::in_child([&] {
    int runs = 0;
    shop.backbone.on_run = [&] {
      if (++runs > 12) ::raise(SIGKILL);
      // Long enough for what came before to be stored.
      if (runs == 12) std::this_thread::sleep_for(std::chrono::milliseconds(2500));
    };
    shop.run(0, 1);
  });
  CHECK(code == 128 + SIGKILL);
  REQUIRE(!shop.scratch_is_empty());
  CHECK(!fs::exists(shards::manifest_file(shop.options.folder, {0, 1})));
  // As another process leaves one that was killed beside it.
  const fs::path left = fs::directory_iterator(shop.folder / "scratch")->path();
  fs::create_directory(fs::path(left).replace_extension(".3"));
  const auto outcome = shop.run(0, 1);
  CHECK(outcome.totals.from_store > 0);
  CHECK(outcome.totals.computed > 0);
  CHECK(outcome.manifest.records == 12);
  CHECK(shop.scratch_is_empty());
  extract_all(shop, shop.folder / "one");
  CHECK(merged(shop.folder / "one", shards::landed_stores(shop.options.folder)).present == 12);
}

TEST_CASE("SIGTERM keeps what is done, says how to resume, and the next call resumes", "[sharding]") {
  Workshop shop(12);
  shop.backbone.batch = 1;
  int runs = 0;
  shop.backbone.on_run = [&] {
    if (++runs == 6) ::raise(SIGTERM);
  };
  std::vector<std::string> lines;
  shop.options.heartbeat = [&](const std::string& line) { lines.push_back(line); };
  install_interrupt_handler();
  CHECK_THROWS_WITH(shop.run(0, 1), Catch::Contains("shard 0/1 has not landed") &&
                                        Catch::Contains("the same command resumes from there"));
  clear_interrupt();
  CHECK_THAT(lines.back(), Catch::Contains("\"state\":\"interrupted\""));
  CHECK(!fs::exists(shards::manifest_file(shop.options.folder, {0, 1})));
  const auto outcome = shop.run(0, 1);
  CHECK(outcome.totals.from_store > 0);
  CHECK(outcome.totals.from_store + outcome.totals.computed == 12);
  CHECK_THAT(lines.back(), Catch::Contains("\"state\":\"landed\"") && Catch::Contains("\"done\":12"));
}

TEST_CASE("two processes that make one shard at once land the same", "[sharding]") {
  Workshop shop(10);
  const auto make = [&] { shop.run(0, 1); };
  const pid_t one = testing::start_child(make), other = testing::start_child(make);
  CHECK(testing::wait_for_child(one) == 0);
  CHECK(testing::wait_for_child(other) == 0);
  const auto found = shards::survey(shop.options.folder, shards::Depth::bytes, 1);
  CHECK(found.problems.empty());
  CHECK(found.records == 10);
  CHECK(shop.scratch_is_empty());
}

TEST_CASE("bad clips are named in the manifest, or keep the shard from landing", "[sharding]") {
  Workshop shop(3);
  std::ofstream(shop.folder / "garbled.wav") << "not a sound";
  shop.clips.add((shop.folder / "garbled.wav").string());
  CHECK_THROWS_AS(shop.run(0, 1), DataError);
  CHECK(!fs::exists(shards::manifest_file(shop.options.folder, {0, 1})));
  shop.options.extraction.skip_bad_clips = true;
  const auto outcome = shop.run(0, 1);
  CHECK(outcome.manifest.clips == 4);
  CHECK(outcome.manifest.records == 3);
  REQUIRE(outcome.manifest.bad.size() == 1);
  CHECK_THAT(outcome.manifest.bad[0].path, Catch::EndsWith("garbled.wav"));
  const auto json = nlohmann::json::parse(outcome.json());
  CHECK(json["bad"].size() == 1);
  CHECK(json["from_store"].get<int>() + json["computed"].get<int>() == 3);
}

TEST_CASE("a shard may be empty", "[sharding]") {
  Workshop shop(1);
  std::int64_t records = 0;
  for (int i = 0; i < 3; ++i) records += shop.run(i, 3).manifest.records;
  CHECK(records == 1);
  CHECK(store::Store(shop.options.folder).record_count() == 1);
}

TEST_CASE("shards of another list, number or recipe do not come together", "[sharding]") {
  Workshop shop(4);
  shop.run(0, 2);
  CHECK_THROWS_WITH(shop.run(1, 3), Catch::Contains("3 shards instead of 2"));
  shop.backbone.digest = "other-weights";
  CHECK_THROWS_WITH(shop.run(1, 2), Catch::Contains("another recipe"));
  shop.backbone.digest = "fake-weights";
  testing::write_tone(shop.folder / "more.wav", 1, 500);
  shop.clips.add((shop.folder / "more.wav").string());
  CHECK_THROWS_WITH(shop.run(1, 2), Catch::Contains("another list (5 clips"));
}

TEST_CASE("a folder that cannot be written is named", "[sharding]") {
  Workshop shop(2);
  std::ofstream(shop.folder / "file") << "x";
  shop.options.folder = shop.folder / "file/shards";
  CHECK_THROWS_WITH(shop.run(0, 1), Catch::Contains("file/shards"));
  shop.options.folder = shop.folder / "shards";
  shop.options.scratch = shop.folder / "file/scratch";
  CHECK_THROWS_WITH(shop.run(0, 1), Catch::Contains("file/scratch"));
}

namespace {

/// A limit on the size of files that this process writes, without the signal that comes with it.
class FileLimit {
 public:
  explicit FileLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }
  FileLimit(const FileLimit&) = delete;
  FileLimit& operator=(const FileLimit&) = delete;

 private:
  rlimit before_{};
  void (*handler_)(int);
};

}  // namespace

TEST_CASE("a shard made again that ends between its two files is one that has not landed", "[sharding]") {
  Workshop shop(4);
  auto manifest = shop.run(0, 1).manifest;
  const auto plan = shards::read_plan(shop.options.folder);
  const auto state = [&] { return shards::problem_of(shop.options.folder, plan, 0, shards::Depth::manifest); };
  const auto data = shards::data_file(shop.options.folder, {0, 1});
  fs::create_directory(shop.folder / "sealed");
  fs::copy_file(data, shop.folder / "sealed/data.mdb");

  // The same bytes again: nothing is taken away meanwhile, as another process may have landed them just now.
  const auto landed = fs::last_write_time(shards::manifest_file(shop.options.folder, {0, 1}));
  {
    const FileLimit limit(0);
    CHECK_THROWS_AS(land(shop.folder / "sealed", shop.options.folder, manifest), DataError);
  }
  CHECK(!state());
  CHECK(fs::last_write_time(shards::manifest_file(shop.options.folder, {0, 1})) == landed);

  // Other bytes of the same size, whose manifest is too large to be written.
  for (int i = 0; i < 20'000; ++i) manifest.bad.push_back({std::string(100, 'b') + std::to_string(i), "damaged"});
  {
    const FileLimit limit(fs::file_size(data) + 1000);
    REQUIRE(shards::manifest_text(manifest).size() > fs::file_size(data) + 1000);
    CHECK_THROWS_AS(land(shop.folder / "sealed", shop.options.folder, manifest), DataError);
  }
  REQUIRE(state());
  CHECK(state()->missing);
  CHECK_THROWS_WITH(store::Store(shop.options.folder), Catch::Contains("has not landed"));
  land(shop.folder / "sealed", shop.options.folder, manifest);
  CHECK(!state());
}

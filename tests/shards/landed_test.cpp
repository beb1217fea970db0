// SPDX-License-Identifier: Apache-2.0
// The bookkeeping of shards, with small files in place of stores.
#include "shards/landed.h"

#include "support/errors.h"
#include "support/files.h"
#include "support/hashing.h"
#include "support/random.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>

#include <fstream>
#include <set>

using namespace soundfold;
using namespace soundfold::shards;
namespace fs = std::filesystem;

namespace {

Plan plan_for(int count) {
  return {count, std::string(64, 'c'), count * 10, "recipe=1\n"};
}

/// Without the syncs of write_file_atomically(), which would take most of the time for a thousand shards.
void write_plain(const fs::path& file, const std::string& bytes) {
  fs::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << bytes;
}

/// Lands a shard whose store file holds its number.
Manifest land_small(const fs::path& folder, const Plan& plan, int index) {
  const std::string bytes = "store " + std::to_string(index);
  Manifest manifest;
  manifest.shard = {index, plan.shards};
  manifest.list_sha256 = plan.list_sha256;
  manifest.recipe_digest = plan.recipe_digest();
  manifest.clips = 10;
  manifest.records = 9;
  manifest.patches = 90;
  manifest.bad = {{"sounds/b\xC3\xA4 d.wav", "not a \"sound\""}};
  manifest.bytes = bytes.size();
  manifest.sha256 = hash_bytes(HashKind::sha256, bytes);
  write_plain(data_file(folder, manifest.shard), bytes);
  write_plain(manifest_file(folder, manifest.shard), manifest_text(manifest));
  return manifest;
}

std::set<int> indices_of(const Survey& survey) {
  std::set<int> indices;
  for (const auto& problem : survey.problems) indices.insert(problem.index);
  return indices;
}

}  // namespace

TEST_CASE("a manifest is read as it was written", "[shards]") {
  const testing::TempFolder folder;
  const auto written = land_small(folder.path(), plan_for(3), 2);
  const auto read = read_manifest(manifest_file(folder.path(), {2, 3}));
  CHECK(manifest_text(read) == manifest_text(written));
  CHECK(read.bad.at(0).path == "sounds/b\xC3\xA4 d.wav");
  CHECK(read.bad.at(0).problem == "not a \"sound\"");
}

TEST_CASE("a survey counts what landed and names what did not", "[shards]") {
  const testing::TempFolder folder;
  const Plan plan = plan_for(4);
  agree_on_plan(folder.path(), plan);
  for (const int index : {0, 1, 3}) land_small(folder.path(), plan, index);
  auto found = survey(folder.path(), Depth::bytes, 1);
  CHECK(found.landed == 3);
  CHECK(found.clips == 30);
  CHECK(found.records == 27);
  CHECK(found.bad == 3);
  REQUIRE(found.problems.size() == 1);
  CHECK(found.problems[0].index == 2);
  CHECK(found.problems[0].missing);
  CHECK_THAT(survey_text(folder.path(), found), Catch::Contains("shard 2/4: has not landed\n") &&
                                                    Catch::Contains("3 of 4 shards landed: 30 of 40 clips, 3 bad") &&
                                                    Catch::EndsWith("missing or damaged: 2\n"));
  CHECK_THAT(survey_json(folder.path(), found), Catch::Contains("\"landed\": 3"));
  CHECK_THROWS_WITH(landed_stores(folder.path()), Catch::Contains("1 of 4 shards cannot be used") &&
                                                      Catch::Contains("2/4") && Catch::Contains("--missing"));
  land_small(folder.path(), plan, 2);
  CHECK(survey(folder.path(), Depth::bytes, 1).problems.empty());
  CHECK(landed_stores(folder.path()).at(3) == folder / "shard-00003-of-00004");
  CHECK_THROWS_WITH(survey(folder / "nothing", Depth::bytes, 1), Catch::Contains("no shards in it"));
}

TEST_CASE("shards of another plan, and damaged ones, are found", "[shards]") {
  const testing::TempFolder folder;
  const Plan plan = plan_for(3);
  agree_on_plan(folder.path(), plan);
  const auto problem_after = [&](const std::function<void(Manifest&)>& change) {
    auto manifest = land_small(folder.path(), plan, 1);
    change(manifest);
    write_file_atomically(manifest_file(folder.path(), {1, 3}), manifest_text(manifest));
    const auto problem = problem_of(folder.path(), plan, 1, Depth::bytes);
    REQUIRE(problem);
    CHECK(!problem->missing);
    return problem->problem;
  };
  CHECK_THAT(problem_after([](Manifest& m) { m.list_sha256[0] = 'd'; }), Catch::Contains("another list"));
  CHECK_THAT(problem_after([](Manifest& m) { m.recipe_digest[0] ^= 1; }), Catch::Contains("another recipe"));
  CHECK_THAT(problem_after([](Manifest& m) { m.shard = {1, 4}; }), Catch::Contains("4 shards instead of 3"));
  CHECK_THAT(problem_after([](Manifest& m) { m.shard = {2, 3}; }), Catch::Contains("that of shard 2/3"));
  CHECK_THAT(problem_after([](Manifest& m) { ++m.bytes; }), Catch::Contains("its manifest says"));
  CHECK_THAT(problem_after([](Manifest& m) { m.sha256[5] = m.sha256[5] == '0' ? '1' : '0'; }),
             Catch::Contains("its sha256 is not"));

  land_small(folder.path(), plan, 1);
  std::string bytes = read_file(data_file(folder.path(), {1, 3}));
  bytes.back() ^= 1;
  write_file_atomically(data_file(folder.path(), {1, 3}), bytes);
  CHECK(!problem_of(folder.path(), plan, 1, Depth::manifest));
  CHECK(problem_of(folder.path(), plan, 1, Depth::bytes));
  fs::remove(data_file(folder.path(), {1, 3}));
  CHECK(problem_of(folder.path(), plan, 1, Depth::manifest));

  const auto manifest = land_small(folder.path(), plan, 1);
  const std::string text = manifest_text(manifest);
  for (std::size_t size = 0; size + 1 < text.size(); size += 17) {
    write_file_atomically(manifest_file(folder.path(), {1, 3}), text.substr(0, size));
    INFO(size << " bytes of the manifest");
    CHECK(problem_of(folder.path(), plan, 1, Depth::bytes));
  }
}

TEST_CASE("1,000 shards with random failures: what is missing is known in each round, until all landed", "[shards]") {
  const testing::TempFolder folder;
  const Plan plan = plan_for(1000);
  agree_on_plan(folder.path(), plan);
  Random random(7);
  std::set<int> wanted;  // missing or damaged
  for (int i = 0; i < plan.shards; ++i) wanted.insert(i);
  int rounds = 0;
  for (; !wanted.empty(); ++rounds) {
    REQUIRE(rounds < 20);
    const std::set<int> tried = wanted;
    for (const int index : tried) {
      wanted.erase(index);
      const ShardNumber shard{index, plan.shards};
      switch (random.integer(0, 9)) {
        case 0:  // killed before anything was copied
          wanted.insert(index);
          break;
        case 1:  // killed between the store file and its manifest, or while it was copied
          land_small(folder.path(), plan, index);
          fs::remove(manifest_file(folder.path(), shard));
          wanted.insert(index);
          break;
        case 2:  // a disk that lost some of it
          land_small(folder.path(), plan, index);
          fs::resize_file(data_file(folder.path(), shard), 3);
          wanted.insert(index);
          break;
        case 3:  // made by two at once
          land_small(folder.path(), plan, index);
          land_small(folder.path(), plan, index);
          break;
        default:
          land_small(folder.path(), plan, index);
      }
    }
    CHECK(indices_of(survey(folder.path(), Depth::bytes, 1)) == wanted);
  }
  CHECK(rounds > 2);
  const auto last = survey(folder.path(), Depth::bytes, 1);
  CHECK(last.landed == 1000);
  CHECK(last.clips == 10'000);
  CHECK(landed_stores(folder.path()).size() == 1000);
}

// SPDX-License-Identifier: Apache-2.0
#include "apps/small_place.h"
#include "support/files.h"
#include "tar_shards/tar_writer.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

using namespace soundfold;
using Catch::Contains;
namespace fs = std::filesystem;

TEST_CASE("embedder --like finds the nearest clips of the store, by name where they are", "[apps]") {
  const testing::SmallPlace place;
  std::this_thread::sleep_for(std::chrono::milliseconds(2'100));  // younger files are not remembered: they may change
  place.run("embedder", {"--store", "store", "--threads", "1", "set/audio"});
  const std::string query = "set/audio/1-11000-A-0.wav";
  const auto text = place.run("embedder", {"--store", "store", "--like", query, "--top", "3", "--page", "like.html"});
  CHECK_THAT(text, Contains("of 10 in the store"));
  const auto is_means = [](const auto& entry) { return entry.path().filename().string().rfind("means-", 0) == 0; };
  CHECK(std::count_if(fs::directory_iterator(place / "store"), fs::directory_iterator(), is_means) == 1);
  const auto json =
      nlohmann::json::parse(place.run("embedder", {"--store", "store", "--like", query, "--top", "9", "--json"}));
  const auto& nearest = json["nearest"];
  REQUIRE(nearest.size() == 9);  // all but the clip itself
  for (std::size_t i = 0; i < 9; ++i) {
    CHECK(nearest[i]["name"] != absolute_name((place / query).string()));
    CHECK(nearest[i]["found"] == true);
    if (i > 0) CHECK(nearest[i - 1]["cosine"].get<double>() >= nearest[i]["cosine"].get<double>());
  }
  CHECK_THAT(read_file(place / "like.html"), Contains("Clips like") && Contains("data:audio/"));

  // Files that were moved are known by their old names, or by the new ones that are given.
  fs::rename(place / "set", place / "moved");
  const auto moved = "moved/audio/1-11000-A-0.wav";
  const auto gone = nlohmann::json::parse(place.run("embedder", {"--store", "store", "--like", moved, "--json"}));
  CHECK(gone["nearest"][0]["found"] == false);
  CHECK(gone["nearest"][0]["name"] == nearest[0]["name"]);
  const auto named =
      nlohmann::json::parse(place.run("embedder", {"--store", "store", "--like", moved, "--json", "moved"}));
  CHECK(named["nearest"][0]["found"] == true);
  CHECK_THAT(named["nearest"][0]["name"].get<std::string>(), Catch::StartsWith("moved/audio/"));
}

TEST_CASE("embedder --like finds in shards what it finds in a store, and says which clips lie in tars", "[apps]") {
  const testing::SmallPlace place;
  place.run("embedder", {"--store", "store", "--threads", "1", "set/audio"});
  for (const char* shard : {"0/3", "1/3", "2/3"}) {
    place.run("embedder", {"--store", "shards", "--shard", shard, "--threads", "1", "set/audio"});
  }
  const std::string query = "set/audio/1-11000-A-0.wav";
  const auto nearest_of = [&](const std::string& store) {
    const auto json = nlohmann::json::parse(place.run("embedder", {"--store", store, "--like", query, "--json"}));
    std::vector<double> cosines;
    for (const auto& hit : json["nearest"]) cosines.push_back(hit["cosine"]);
    return cosines;
  };
  const auto expected = nearest_of("store");
  REQUIRE(expected.size() == 9);
  CHECK(nearest_of("shards") == expected);

  testing::Members members;
  for (const auto& entry : fs::directory_iterator(place / "set/audio")) {
    members.emplace_back(entry.path().filename().string(), read_file(entry.path()));
  }
  write_file_atomically(place / "s.tar", testing::tar_of(members));
  place.run("embedder", {"--store", "of_tar", "--threads", "1", "s.tar"});
  CHECK_THAT(place.run("embedder", {"--store", "of_tar", "--like", query, "--top", "1"}),
             Contains("/s.tar/") && Contains(".wav (in that tar)"));
}

TEST_CASE("a search without a store, or of other settings, is one line", "[apps]") {
  const testing::SmallPlace place;
  const std::string query = "set/audio/1-11000-A-0.wav";
  const auto none = testing::run("embedder", {"--store", "gone", "--like", query}, place.path());
  CHECK(none.exit_code == 1);
  CHECK_THAT(none.err, Contains("no embedding store in gone"));
  CHECK_FALSE(fs::exists(place / "gone"));
  place.run("embedder", {"--store", "store", "--threads", "1", "set/audio"});
  const auto other =
      testing::run("embedder", {"--store", "store", "--like", query, "--patch-hop-frames", "20"}, place.path());
  CHECK(other.exit_code == 1);
  CHECK_THAT(other.err, Contains("holds no other clip embedded with these"));
  CHECK(testing::run("embedder", {"--store", "store", "--top", "3", "set"}, place.path()).exit_code == 2);
}

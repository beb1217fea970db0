// SPDX-License-Identifier: Apache-2.0
#include "extraction/fixtures.h"
#include "sharding/cluster_place.h"
#include "support/files.h"
#include "testing/running_program.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <fstream>
#include <set>
#include <thread>

using namespace soundfold;
using Catch::Contains;
namespace fs = std::filesystem;

TEST_CASE("shards are made, found missing, damaged, made again, and read as one store", "[cluster]") {
  const testing::ClusterPlace place(9);
  const auto first = place.shard("0/3");
  CAPTURE(first.err);
  REQUIRE(first.exit_code == 0);
  CHECK_THAT(first.out, Catch::StartsWith("shard 0/3 landed in shards: "));
  CHECK_THAT(place.shard("0/3").out, Catch::StartsWith("shard 0/3 had landed in shards: "));
  REQUIRE(place.shard("2/3", {"--list", "files.txt", "--json"}).exit_code == 0);

  const auto missing = place.embedder({"--missing", "--store", "shards"});
  CHECK(missing.exit_code == 1);
  CHECK_THAT(missing.out, Contains("shard 1/3: has not landed\n") && Contains("2 of 3 shards landed") &&
                              Catch::EndsWith("missing or damaged: 1\n"));
  CHECK_THAT(place.embedder({"--store", "shards", "--list", "files.txt"}).err,
             Contains("1 of 3 shards cannot be used"));
  CHECK_THAT(testing::run("store", {"info", "shards"}, place.path()).out, Contains("\n2 of 3 shards have landed; "));
  const auto incomplete = testing::run("store", {"verify", "shards", "--quiet"}, place.path());
  CHECK(incomplete.exit_code == 1);
  CHECK_THAT(incomplete.out,
             Catch::StartsWith("shard 1/3: has not landed\n") && Contains("; 0 damaged; 1 of 3 shards"));

  const auto damage = [&](const std::string& name, std::size_t at) {
    std::string bytes = read_file(place / name);
    bytes[at] = static_cast<char>(bytes[at] ^ 1);
    fs::remove(place / name);
    std::ofstream(place / name, std::ios::binary) << bytes;
  };
  damage("shards/shard-00000-of-00003/data.mdb", fs::file_size(place / "shards/shard-00000-of-00003/data.mdb") - 9);
  damage("shards/shard-00002-of-00003/manifest.json", 0);
  const auto damaged = place.embedder({"--missing", "--store", "shards", "--json"});
  CHECK(damaged.exit_code == 1);
  CHECK_THAT(damaged.out, Contains("\"landed\": 0") && Contains("its sha256 is not that of its manifest") &&
                              Contains("not a JSON object"));

  const auto redone =
      place.embedder({"--missing", "--redo", "--store", "shards", "--scratch", "scratch", "--list", "files.txt"});
  CAPTURE(redone.err);
  CHECK(redone.exit_code == 0);
  CHECK_THAT(redone.out, Contains("3 of 3 shards landed: 9 of 9 clips, 0 bad, 9 records"));
  place.check_union();
  CHECK_THAT(testing::run("store", {"info", "shards"}, place.path()).out, Catch::StartsWith("shards: 9 records, "));
  CHECK(testing::run("store", {"verify", "shards", "--quiet"}, place.path()).exit_code == 0);
  CHECK(testing::run("store", {"prune", "shards"}, place.path()).exit_code == 2);

  const auto all = place.embedder({"--store", "shards", "--list", "files.txt", "--out-npy", "npy"});
  CHECK(all.exit_code == 0);
  CHECK_THAT(all.out, Catch::StartsWith("9/9 clips from the store"));
  CHECK(fs::exists(place / "npy/tones/8.embeddings.npy"));
  CHECK_THAT(place.embedder({"--store", "shards/shard-00000-of-00003", "--list", "files.txt"}).err,
             Contains("cannot be written"));
  CHECK(testing::run("store", {"prune", "shards/shard-00000-of-00003"}, place.path()).exit_code == 1);
}

TEST_CASE("a heartbeat file has JSON lines", "[cluster]") {
  const testing::ClusterPlace place(4);
  REQUIRE(place.shard("0/1", {"--list", "files.txt", "--heartbeat", "beat.jsonl", "--heartbeat-s", "0.01"}).exit_code ==
          0);
  const auto beats = read_file(place / "beat.jsonl");
  CHECK_THAT(beats,
             Catch::StartsWith("{\"time\":\"") && Contains("\"state\":\"landed\",\"done\":4,\"total\":4,\"bad\":0"));
  const auto printed = place.shard("0/1", {"--list", "files.txt", "--heartbeat", "-"});
  CHECK_THAT(printed.out, Contains("\"state\":\"present\""));
}

TEST_CASE("SIGTERM ends a shard with code 143, and the same command resumes", "[cluster]") {
  const testing::ClusterPlace place(60);
  testing::RunningProgram running(
      "embedder",
      {"--shard", "0/1", "--store", "shards", "--scratch", "scratch", "--list", "files.txt", "--weights", "yamnet.pt",
       "--threads", "1", "--heartbeat", "-", "--heartbeat-s", "0.01"},
      place.path());
  while (!running.has_ended() && running.out().find("\"done\":1") == std::string::npos) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  running.send_signal(SIGTERM);
  const auto ended = running.result();
  if (ended.exit_code != 0) {  // it may have landed meanwhile
    CHECK(ended.exit_code == 143);
    CHECK_THAT(ended.err, Contains("shard 0/1 has not landed") && Contains("the same command resumes"));
    CHECK(!fs::exists(place / "shards/shard-00000-of-00001"));
  }
  CHECK(place.shard("0/1").exit_code == 0);
  place.check_union();
}

TEST_CASE("wrong uses of shards are one line and change nothing", "[cluster]") {
  const testing::ClusterPlace place(3);
  const auto refused = [&](int code, const testing::ProgramResult& result, const std::string& why) {
    CAPTURE(result.err);
    CHECK(result.exit_code == code);
    CHECK_THAT(result.err, Catch::StartsWith("embedder: error: ") && Contains(why));
    CHECK(std::count(result.err.begin(), result.err.end(), '\n') == 1);
  };
  refused(2, place.shard("8/8"), "the last one is 7/8");
  refused(2, place.shard("-1/4"), "is not I/N");
  refused(2, place.shard("a/b"), "is not I/N");
  refused(2, place.shard("env"), "no scheduler's variables are set");
  refused(2, place.embedder({"--shard", "env", "--store", "shards", "--list", "files.txt"}, {"RANK=1"}),
          "RANK is set, but WORLD_SIZE is not");
  refused(2, place.embedder({"--shard", "0/2", "--store", "shards"}), "no input");
  refused(2, place.embedder({"--shard", "0/2", "--store", "shards", "s-{0..1}.tar"}), "--shard takes sound files");
  refused(2, place.shard("0/2", {"--list", "files.txt", "--missing"}), "--missing");
  refused(2, place.shard("0/2", {"--list", "files.txt", "--out-npy", "npy"}), "have no effect with shards");
  refused(2, place.embedder({"--redo", "--store", "shards", "--list", "files.txt"}), "--redo");
  const std::vector<std::pair<std::string, std::string>> idle = {
      {"--scratch", "scratch"}, {"--heartbeat", "-"}, {"--heartbeat-s", "5"}};
  for (const auto& [option, value] : idle) {
    refused(2, place.embedder({"--store", "one", "--list", "files.txt", option, value}),
            option + " has no effect without --shard or --redo");
    refused(2, place.embedder({"--missing", "--store", "one", option, value}), option + " has no effect");
  }
  refused(2, place.embedder({"--store", "one", "--list", "files.txt", "--allow-http"}),
          "--allow-http has no effect without an address");
  refused(2, place.shard("0/2", {"--list", "files.txt", "--allow-http"}), "--allow-http");
  refused(1, place.embedder({"--missing", "--store", "nothing"}), "no shards in it");
  refused(1, place.embedder({"--shard", "0/2", "--store", "one", "--list", "files.txt"}), "is an embedding store");
  CHECK(!fs::exists(place / "shards"));

  REQUIRE(place.shard("0/2").exit_code == 0);
  refused(1, place.shard("1/2", {"tones/0.wav"}), "another list (1 clips");
  refused(1, place.shard("1/3"), "3 shards instead of 2");
  refused(1, place.shard("1/2", {"--list", "files.txt", "--patch-hop-frames", "24"}), "another recipe");
  const auto plan = read_file(place / "shards/shards.json");
  write_file_atomically(place / "shards/shards.json", plan.substr(1));
  refused(1, place.shard("1/2"), "shards.json: is damaged");
}

TEST_CASE("a shared folder on a medium that cannot be written is named", "[cluster]") {
  const testing::ClusterPlace place(2);
  const auto result =
      place.embedder({"--shard", "0/1", "--store", "/proc/shards", "--scratch", "scratch", "--list", "files.txt"});
  CHECK(result.exit_code == 1);
  CHECK_THAT(result.err, Catch::StartsWith("embedder: error: cannot make the folder /proc/shards"));
}

TEST_CASE("trainer and evaluator read a folder of shards as they read a store", "[cluster]") {
  const testing::ClusterPlace place(1);
  const auto run = [&](const std::string& program, const std::vector<std::string>& arguments) {
    const auto result = testing::run(program, arguments, place.path());
    INFO(program << ": " << result.err);
    REQUIRE(result.exit_code == 0);
    return result.out;
  };
  run("synthesizer", {"--out", "set", "--kinds", "dog,cat", "--clips-per-fold", "1", "--seconds", "1"});
  std::set<std::string> files;
  for (const auto& file : fs::directory_iterator(place / "set/audio")) files.insert(file.path().string());
  std::string list;
  for (const auto& file : files) list += file + "\n";
  write_file_atomically(place / "files.txt", list);
  for (const char* shard : {"0/3", "1/3", "2/3"}) CHECK(place.shard(shard).exit_code == 0);

  write_file_atomically(place / "a.yaml",
                        "data: {root: set}\nfolds: {train: [1, 2, 3], validation: [4], test: [5]}\n"
                        "backbone: {weights: yamnet.pt}\ntraining: {epochs: 3, batch_size: 4}\n");
  const auto train = [&](const std::string& name, const std::string& store) {
    run("trainer", {"--config", "a.yaml", "--threads", "1", "--set", "name=" + name, "--set", "store.folder=" + store});
    return read_file(place / ("experiments/" + name + "/latest/predictions.csv"));
  };
  CHECK(train("shards", "shards") == train("store", "new_store"));
  CHECK(!fs::exists(place / "shards/data.mdb"));
  const auto evaluated = [&](const std::string& name) {
    run("evaluator", {"--model", "experiments/" + name + "/latest/model.pt", "--csv", name + ".csv"});
    return read_file(place / (name + ".csv"));
  };
  CHECK(evaluated("shards") == evaluated("store"));
}

// SPDX-License-Identifier: Apache-2.0
#include "apps/small_place.h"
#include "text/npy.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace soundfold;
using Catch::Contains;

TEST_CASE("no window starts behind the end of a sound: store, exported model and imported network", "[apps]") {
  const testing::SmallPlace place;
  const std::string sound = "set/audio/1-11000-A-0.wav";  // 1 s: with windows 1 s apart there is one, not two
  place.run("embedder",
            {"--weights", "data/yamnet.pt", "--store", "s", "--out-npy", "out", "--patch-hop-frames", "100", sound});
  CHECK(read_npy(place / "out/set/audio/1-11000-A-0.embeddings.npy").shape.at(0) == 1);
  place.run("trainer", {"--config", "a.yaml", "--threads", "1", "--set", "backbone.patch_hop_frames=100"});
  place.run("importer", {"--from", "data/yamnet.pt", "--out", "sparse.pt", "--patch-hop-frames", "100"});
  for (const std::string model : {"experiments/a/latest/model.pt", "sparse.pt"}) {
    CAPTURE(model);
    const auto answer =
        nlohmann::json::parse(place.run("classifier", {"--model", model, "--json", "--timeline", sound}));
    REQUIRE(answer["timeline"].size() == 1);
    CHECK(answer["timeline"][0]["start_s"] == 0);
    CHECK(answer["timeline"][0]["end_s"].get<double>() == Approx(0.96));
  }
}

TEST_CASE("every program refuses the same patch hops, before any work", "[apps]") {
  const testing::TempFolder place;
  const std::vector<std::vector<std::string>> commands = {
      {"embedder", "--patch-hop-frames", "1001", "a.wav"},
      {"importer", "--patch-hop-frames", "1001", "--from", "a.h5"},
      {"trainer", "--config", (testing::source_folder() / "configs/dogcat.yaml").string(), "--set",
       "backbone.patch_hop_frames=1001"}};
  for (const auto& command : commands) {
    const auto result = testing::run(command[0], {command.begin() + 1, command.end()}, place.path());
    CAPTURE(command[0], result.err);
    CHECK(result.exit_code == 2);
    CHECK_THAT(result.err, Contains("1000"));
  }
}

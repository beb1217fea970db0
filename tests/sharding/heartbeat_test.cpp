// SPDX-License-Identifier: Apache-2.0
#include "sharding/heartbeat.h"

#include "support/errors.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <vector>

using namespace soundfold;
using namespace soundfold::sharding;

TEST_CASE("a heartbeat begins, ends once, and says how far the shard is", "[sharding]") {
  std::vector<nlohmann::json> lines;
  const auto keep = [&](const std::string& line) { lines.push_back(nlohmann::json::parse(line)); };
  {
    Heartbeat heartbeat(keep, {3, 8}, 50, std::chrono::hours(1));
    heartbeat.note(20, 2);
    heartbeat.finish("landed");
    heartbeat.finish("again");
  }
  REQUIRE(lines.size() == 2);
  CHECK(lines[0]["state"] == "running");
  CHECK(lines[0]["done"] == 0);
  CHECK(lines[1]["state"] == "landed");
  CHECK(lines[1]["shard"] == 3);
  CHECK(lines[1]["shards"] == 8);
  CHECK(lines[1]["done"] == 20);
  CHECK(lines[1]["total"] == 50);
  CHECK(lines[1]["bad"] == 2);
  CHECK(lines[1]["clips_per_s"].get<double>() >= 0);
  CHECK(lines[1]["time"].get<std::string>().size() == 20);
}

TEST_CASE("a heartbeat without an end says that the shard failed", "[sharding]") {
  std::vector<std::string> lines;
  {
    const Heartbeat heartbeat([&](const std::string& line) { lines.push_back(line); }, {0, 1}, 1,
                              std::chrono::hours(1));
  }
  CHECK_THAT(lines.back(), Catch::Contains("\"state\":\"failed\""));
}

TEST_CASE("a heartbeat that cannot be written does not end the work", "[sharding]") {
  int calls = 0;
  const auto fail = [&](const std::string&) {
    ++calls;
    throw DataError("disk full");
  };
  Heartbeat heartbeat(fail, {0, 1}, 1, std::chrono::hours(1));
  heartbeat.finish("landed");
  CHECK(calls == 1);
}

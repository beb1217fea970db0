// SPDX-License-Identifier: Apache-2.0
#include "apps/workplace.h"
#include "support/files.h"

#include <catch2/catch.hpp>

#include <filesystem>

using namespace soundfold;
using Catch::Contains;
namespace fs = std::filesystem;

namespace {

/// Some seconds of training: small batches, many epochs, no early stop.
const std::vector<std::string> kLong{"--set", "training.batch_size=4",        "--set",     "training.epochs=80",
                                     "--set", "early_stopping.enabled=false", "--threads", "1"};

std::vector<std::string> arguments() {
  std::vector<std::string> all{"--config", (testing::source_folder() / "configs/dogcat_two_folds.yaml").string(),
                               "--set", "data.root=" + (testing::assets_folder() / "esc50").string()};
  all.insert(all.end(), kLong.begin(), kLong.end());
  return all;
}

/// Starts trainer, sends the signal once the first epoch is saved, and gives what it printed and how it ended.
testing::ProgramResult train_until_signal(const testing::Workplace& place, const std::string& signal) {
  std::string command = "'" + testing::program_path("trainer").string() + "'";
  for (const auto& argument : arguments()) command += " '" + argument + "'";
  command +=
      " & trainer=$!; until ls experiments/*/*/checkpoint.pt >/dev/null 2>&1 || ! kill -0 $trainer; do "
      "sleep 0.02; done; kill -s " +
      signal + " $trainer; wait $trainer";
  return place.run("/bin/sh", {"-c", command});
}

fs::path only_run(const testing::Workplace& place) {
  for (const auto& entry : fs::directory_iterator(place / "experiments/dogcat_two_folds")) {
    if (!entry.is_symlink()) return entry.path();
  }
  throw std::runtime_error("no run");
}

}  // namespace

TEST_CASE("a signal stops training, which goes on to the same weights as an unbroken run", "[apps][assets]") {
  const testing::Workplace place;
  REQUIRE(place.run("trainer", arguments()).exit_code == 0);
  const auto latest = place / "experiments/dogcat_two_folds/latest";
  const auto expected = read_file(latest / "test_logits.json");

  for (const auto& [signal, exit_code] : {std::pair{"INT", 130}, std::pair{"TERM", 143}, std::pair{"KILL", 137}}) {
    INFO(signal);
    fs::remove_all(place / "experiments");
    const auto stopped = train_until_signal(place, signal);
    INFO(stopped.err);
    REQUIRE(stopped.exit_code == exit_code);
    const auto run = only_run(place);
    CHECK_FALSE(fs::exists(run / "result.json"));
    CHECK_FALSE(fs::exists(latest));
    const auto relative = fs::relative(run, place.path()).string();
    if (exit_code != 137) CHECK_THAT(stopped.err, Contains("go on with: trainer --resume " + relative));

    const auto resumed = place.run("trainer", {"--resume", relative});
    INFO(resumed.err);
    REQUIRE(resumed.exit_code == 0);
    CHECK(read_file(latest / "test_logits.json") == expected);
    CHECK(read_file(run / "metrics.jsonl").find("\"epoch\":80") != std::string::npos);
    const auto again = place.run("trainer", {"--resume", relative});
    CHECK(again.exit_code == 2);
    CHECK_THAT(again.err, Contains("finished run"));
  }
}

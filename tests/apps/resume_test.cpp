// SPDX-License-Identifier: Apache-2.0
#include "apps/small_place.h"
#include "apps/workplace.h"
#include "support/files.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
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

TEST_CASE("what a resumed run was given otherwise is recorded in its folder, and what it cannot take is refused",
          "[apps]") {
  const testing::SmallPlace place;
  const auto trainer = testing::program_path("trainer").string();
  const auto stopped = testing::run(
      "/bin/sh",
      {"-c", "'" + trainer + "' --config a.yaml --set training.epochs=100000 --set early_stopping.enabled=false " +
                 "--threads 1 & trainer=$!; until ls experiments/a/*/checkpoint.pt >/dev/null 2>&1 || ! kill -0 " +
                 "$trainer; do sleep 0.02; done; kill -s KILL $trainer; wait $trainer"},
      place.path());
  INFO(stopped.err);
  REQUIRE(stopped.exit_code == 137);
  const auto run = fs::directory_iterator(place / "experiments/a")->path();
  const auto before = read_file(run / "config.yaml");
  const auto refused =
      testing::run("trainer", {"--resume", run.string(), "--set", "optimizer.learning_rate=0.1"}, place.path());
  CHECK(refused.exit_code == 2);
  CHECK_THAT(refused.err,
             Contains("optimizer.learning_rate cannot change in a run that has started (it was 0.001, is 0.1)"));
  CHECK(read_file(run / "config.yaml") == before);

  // Some epochs are done by now; how many, the clock decided.
  const auto lines = read_file(run / "metrics.jsonl");
  const auto done = std::count(lines.begin(), lines.end(), '\n');
  const auto epochs = "training.epochs=" + std::to_string(done + 3);
  place.run("trainer", {"--resume", run.string(), "--set", epochs});
  const auto text = read_file(run / "config.yaml");
  CHECK_THAT(text, Contains("# resumed with training.epochs: " + std::to_string(done + 3) + " (was 100000)\n"));
  CHECK_THAT(text, Contains("  epochs: " + std::to_string(done + 3) + "\n"));
  const auto result = nlohmann::json::parse(read_file(run / "result.json"));
  CHECK(result["resumed_with"].size() == 1);
  CHECK(result["epochs_run"] == done + 3);
}

TEST_CASE("a signal stops training, which resumes to the same weights as an uninterrupted run", "[apps][assets]") {
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
    if (exit_code != 137) CHECK_THAT(stopped.err, Contains("resume with: trainer --resume " + relative));

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

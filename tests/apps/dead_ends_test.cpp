// SPDX-License-Identifier: Apache-2.0
// Where strangers got stuck: the line that each program prints names the cause and what to do.
#include "apps/small_place.h"
#include "support/files.h"

#include <catch2/catch.hpp>

#include <filesystem>

using namespace soundfold;
using Catch::Contains;
namespace fs = std::filesystem;

namespace {

std::string refused(const testing::SmallPlace& place, const std::string& program,
                    const std::vector<std::string>& arguments, int exit_code) {
  const auto result = testing::run(program, arguments, place.path());
  INFO(result.err);
  CHECK(result.exit_code == exit_code);
  return result.err;
}

}  // namespace

TEST_CASE("without the imported network trainer says what it is and how to get it", "[apps]") {
  const testing::SmallPlace place;
  fs::remove(place / "data/yamnet.pt");
  CHECK_THAT(refused(place, "trainer", {"--config", "a.yaml"}, 1),
             Contains("data/yamnet.pt: no such file") && Contains("make dogcat") && Contains("importer"));
}

TEST_CASE("resuming names the run to give, and not one that runs or has finished", "[apps]") {
  const testing::SmallPlace place;
  place.train("1");
  CHECK_THAT(refused(place, "trainer", {"--resume", "experiments/a"}, 2),
             Contains("it holds runs, and all are finished; the newest is experiments/a/2"));
  CHECK_THAT(refused(place, "trainer", {"--resume", "set"}, 2),
             Contains("set: not the folder of a run (it has no config.yaml)\n"));
  fs::remove_all(place / "experiments");
  const auto trainer = testing::program_path("trainer").string();
  const auto resumed = testing::run(
      "/bin/sh",
      {"-c", "'" + trainer + "' --config a.yaml --set training.epochs=100000 --set early_stopping.enabled=false " +
                 "--threads 1 --quiet & trainer=$!; until ls experiments/a/*/checkpoint.pt >/dev/null 2>&1 || ! kill " +
                 "-0 $trainer; do sleep 0.02; done; '" + trainer + "' --resume experiments/a; '" + trainer +
                 "' --resume experiments/a/2*; kill -s KILL $trainer; wait $trainer"},
      place.path());
  CHECK_THAT(resumed.err, Contains("it holds runs: give the newest unfinished one, experiments/a/2"));
  CHECK_THAT(resumed.err, Contains("another process is running this run; wait until it ends"));
}

TEST_CASE("what is in the place of the link to the latest run is told before the work", "[apps]") {
  const testing::SmallPlace place;
  make_folder(place / "experiments/a/latest");
  CHECK_THAT(refused(place, "trainer", {"--config", "a.yaml"}, 1),
             Contains("experiments/a/latest: is a folder, not the link to the newest finished run"));
}

TEST_CASE("a model that was moved away from its data says what to give", "[apps]") {
  const testing::SmallPlace place;
  const auto run = place.train("1");
  make_folder(place / "elsewhere");
  fs::copy_file(run / "model.pt", place / "elsewhere/model.pt");
  const auto result = testing::run("evaluator", {"--model", "model.pt"}, place / "elsewhere");
  INFO(result.err);
  CHECK(result.exit_code == 1);
  CHECK_THAT(result.err, Contains("model.pt: the data of its training are not here: set does not exist") &&
                             Contains("evaluator --model model.pt FOLDER") && Contains("--config FILE") &&
                             Contains("--set data.root=FOLDER"));
}

TEST_CASE("a device that is not there, and how --set is shown in the help", "[apps]") {
  const testing::SmallPlace place;
  CHECK_THAT(refused(place, "trainer", {"--config", "a.yaml", "--device", "cuda:99"}, 2),
             Contains("device 'cuda:99' is not available: this LibTorch sees ") && Contains("use auto or cpu") &&
                 !Contains("(s)"));
  for (const char* program : {"trainer", "distiller", "evaluator"}) {
    CHECK_THAT(place.run(program, {"--help"}), Contains("--set KEY=VALUE") && !Contains("--set TEXT"));
  }
  CHECK_THAT(place.run("trainer", {"--config", "a.yaml", "--print-config", "--set", "folds.test=1", "--set",
                                   "folds.train=[2, 3]", "--set", "seed=9"}),
             Contains("  test: [1]\n") && Contains("  train: [2, 3]\n") && Contains("seed: 9\n"));
}

TEST_CASE("one key is explained, and a wrong one gets the nearest", "[apps]") {
  const testing::SmallPlace place;
  CHECK_THAT(place.run("trainer", {"--options", "training.batch_size"}),
             Contains("  default   32\n") && Contains("--set training.batch_size=64"));
  CHECK_THAT(place.run("distiller", {"--options", "student"}), Contains("  student.width = 0.5\n"));
  CHECK_THAT(refused(place, "trainer", {"--options", "training.epoch"}, 0), Catch::Equals(""));
  CHECK_THAT(refused(place, "trainer", {"--options", "haed.input"}, 2), Contains("did you mean head.input?"));
}

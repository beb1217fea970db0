// SPDX-License-Identifier: Apache-2.0
#include "apps/small_place.h"
#include "support/files.h"
#include "testing/running_program.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <csignal>
#include <filesystem>
#include <memory>
#include <sstream>
#include <thread>

using namespace soundfold;
using Catch::Contains;
using testing::RunningProgram;
using testing::SmallPlace;
namespace fs = std::filesystem;

namespace {

using Arguments = std::vector<std::string>;

/// Sums of gradients have another order than those of one process.
constexpr double kTolerance = 1e-3;

/// Whether the programs were built without what ranks talk by, which then skips the case.
bool no_gloo() {
  const auto alone =
      testing::run("trainer", {"--config", "none.yaml", "--ranks", "127.0.0.1:0"}, {}, {"RANK=0", "WORLD_SIZE=2"});
  const bool without = alone.err.find("libgloo-dev") != std::string::npos;
  if (without) testing::skip_case("this build has no Gloo");
  return without;
}

/// Two processes of a program that meet by a file in `place`, both with these arguments.
class TwoRanks {
 public:
  TwoRanks(const SmallPlace& place, const std::string& meeting, const std::string& program, const Arguments& arguments,
           const Arguments& more_of_second = {}) {
    for (int rank = 0; rank < 2; ++rank) {
      auto own = arguments;
      own.insert(own.end(), {"--ranks", "./" + meeting});
      if (rank == 1) own.insert(own.end(), more_of_second.begin(), more_of_second.end());
      processes_[rank] = std::make_unique<RunningProgram>(program, own, place.path(),
                                                          Arguments{"RANK=" + std::to_string(rank), "WORLD_SIZE=2"});
    }
  }
  RunningProgram& rank(int number) { return *processes_[number]; }
  /// Waits for both, which must end well; gives what rank 0 printed.
  std::string out() {
    const auto second = rank(1).result(), first = rank(0).result();
    INFO(first.err << second.err);
    CHECK(first.exit_code == 0);
    CHECK(second.exit_code == 0);
    CHECK(second.out.empty());
    CHECK(second.err.empty());
    return first.out;
  }

 private:
  std::unique_ptr<RunningProgram> processes_[2];
};

fs::path latest(const SmallPlace& place, const std::string& name) {
  return fs::canonical(place / ("experiments/" + name + "/latest"));
}

std::vector<nlohmann::json> epochs_in(const fs::path& run) {
  std::istringstream lines(read_file(run / "metrics.jsonl"));
  std::vector<nlohmann::json> epochs;
  for (std::string line; std::getline(lines, line);) epochs.push_back(nlohmann::json::parse(line));
  return epochs;
}

void check_same_losses(const fs::path& run, const fs::path& other) {
  const auto a = epochs_in(run), b = epochs_in(other);
  REQUIRE(a.size() == b.size());
  for (std::size_t epoch = 0; epoch < a.size(); ++epoch) {
    for (const char* name : {"loss", "validation_loss"}) {
      const auto &value = a[epoch].at(name), &other_value = b[epoch].at(name);
      REQUIRE(value.is_null() == other_value.is_null());  // nothing validates a model of all folds
      if (!value.is_null()) CHECK(std::abs(value.get<double>() - other_value.get<double>()) < kTolerance);
    }
  }
}

/// a.yaml with its last two blocks trained, for that many epochs.
Arguments finetuning(const std::string& name, int epochs) {
  return {"--config",  "a.yaml",
          "--set",     "name=" + name,
          "--set",     "backbone.train=last_blocks",
          "--set",     "backbone.train_blocks=2",
          "--set",     "backbone.learning_rate=1e-3",
          "--set",     "early_stopping.enabled=false",
          "--set",     "training.epochs=" + std::to_string(epochs),
          "--threads", "1"};
}

/// The folder of a run once it has a checkpoint.
fs::path with_checkpoint(const SmallPlace& place, const std::string& name, RunningProgram& program) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(2);
  while (std::chrono::steady_clock::now() < end && !program.has_ended()) {
    std::error_code error;
    for (fs::directory_iterator entry(place / ("experiments/" + name), error), last; !error && entry != last;
         entry.increment(error)) {
      if (fs::exists(entry->path() / "checkpoint.pt")) return entry->path();
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  FAIL("no checkpoint: " << program.err());
  return {};
}

}  // namespace

TEST_CASE("two processes train the backbone as one does; rank 0 alone writes", "[apps]") {
  if (no_gloo()) return;
  const SmallPlace place;
  place.run("trainer", finetuning("one", 4));
  TwoRanks both(place, "meeting", "trainer", finetuning("two", 4));
  CHECK_THAT(both.out(), Contains("model.pt"));
  check_same_losses(latest(place, "one"), latest(place, "two"));
  std::size_t runs = 0;
  for (const auto& entry : fs::directory_iterator(place / "experiments/two")) runs += entry.is_symlink() ? 0 : 1;
  CHECK(runs == 1);
  TwoRanks again(place, "meeting2", "trainer", finetuning("two", 4));
  const auto first = latest(place, "two");
  again.out();
  CHECK(first != latest(place, "two"));
  CHECK(read_file(first / "model.safetensors") == read_file(latest(place, "two") / "model.safetensors"));
}

TEST_CASE("a rank that is killed is named, and resumed the run ends with the same bytes", "[apps]") {
  if (no_gloo()) return;
  const SmallPlace place;
  constexpr int kEpochs = 60;
  TwoRanks uninterrupted(place, "m0", "trainer", finetuning("a", kEpochs));
  uninterrupted.out();
  const auto model = read_file(latest(place, "a") / "model.safetensors");
  for (const int killed : {0, 1}) {
    const auto name = "killed" + std::to_string(killed);
    // The name of the experiment is in the model.
    TwoRanks both(place, "m1" + name, "trainer", finetuning("a", kEpochs));
    const auto old = latest(place, "a");
    fs::path run;
    while (run.empty() || run == old) run = with_checkpoint(place, "a", both.rank(0));
    both.rank(killed).send_signal(SIGKILL);
    const auto left = both.rank(1 - killed).result();
    CHECK(left.exit_code == 1);
    CHECK_THAT(left.err, Contains("rank " + std::to_string(killed) + " of 2 is missing"));
    if (killed == 1) {
      CHECK_THAT(left.err, Contains("saved; resume with"));
      CHECK_THAT(left.err, Contains("resume with: trainer --resume "));
      CHECK_THAT(read_file(run / "log.txt"), Contains("rank 1 of 2 is missing"));
    }
    CHECK_FALSE(fs::exists(run / "result.json"));
    const auto relative = fs::relative(run, place.path()).string();
    TwoRanks resumed(place, "m2" + name, "trainer", {"--resume", relative, "--threads", "1"});
    resumed.out();
    CHECK(read_file(run / "model.safetensors") == model);
  }
}

TEST_CASE("folds and members of a sweep are dealt out, with the results of one process", "[apps]") {
  if (no_gloo()) return;
  const SmallPlace place;
  write_file_atomically(place / "folds.yaml",
                        "extends: a.yaml\nprotocol: {type: cross_validation, validation: next}\n"
                        "backbone: {train: last_blocks, learning_rate: 1e-3}\ntraining: {epochs: 3}\n");
  write_file_atomically(place / "sweep.yaml",
                        "extends: a.yaml\nsweep: {metric: validation_loss, values: {optimizer.learning_rate: "
                        "[0.01, 0.003, 0.001]}}\n");
  const auto named = [](const std::string& config, const std::string& name) {
    return Arguments{"--config", config, "--set", "name=" + name, "--threads", "1"};
  };
  place.run("trainer", named("folds.yaml", "folds_one"));
  TwoRanks folds(place, "folds", "trainer", named("folds.yaml", "folds_two"));
  folds.out();
  for (const char* file :
       {"folds.csv", "rounds/seed1_fold3/validation_predictions.csv", "rounds/seed1_fold3/test_clip_logits.npy"}) {
    INFO(file);
    CHECK(read_file(latest(place, "folds_one") / file) == read_file(latest(place, "folds_two") / file));
  }
  check_same_losses(latest(place, "folds_one"), latest(place, "folds_two"));  // of the final model

  place.run("trainer", named("sweep.yaml", "sweep_one"));
  TwoRanks swept(place, "sweep", "trainer", named("sweep.yaml", "sweep_two"));
  swept.out();
  for (const char* file : {"sweep.csv", "test_logits.json"}) {
    INFO(file);
    CHECK(read_file(latest(place, "sweep_one") / file) == read_file(latest(place, "sweep_two") / file));
  }
}

TEST_CASE("wrong variables and other configurations of a rank are refused in one line", "[apps]") {
  if (no_gloo()) return;
  const SmallPlace place;
  const auto refused = [&](const Arguments& environment, const std::string& text) {
    const auto result = testing::run("trainer", finetuning("a", 2), place.path(), environment);
    CHECK(result.exit_code == 2);
    CHECK_THAT(result.err, Contains(text));
    CHECK(std::count(result.err.begin(), result.err.end(), '\n') <= 2);
    CHECK_FALSE(fs::exists(place / "experiments"));
  };
  refused({"RANK=2", "WORLD_SIZE=2"}, "RANK and WORLD_SIZE give number 2 of 2");
  refused({"RANK=1", "WORLD_SIZE=2"}, "MASTER_ADDR is not set");
  TwoRanks both(place, "meeting", "trainer", finetuning("a", 2), {"--set", "training.batch_size=2"});
  for (int rank = 0; rank < 2; ++rank) {
    const auto result = both.rank(rank).result();
    CHECK(result.exit_code == 2);
    CHECK_THAT(result.err, Contains("rank 1 has another configuration than rank 0: 'batch_size: 2' where rank 0 has "
                                    "'batch_size: 4'"));
  }
}

TEST_CASE("two processes distil as one does", "[apps]") {
  if (no_gloo()) return;
  const SmallPlace place;
  write_file_atomically(place / "student.yaml",
                        "data: {root: set}\nstudent: {width: 0.25, init: teacher}\n"
                        "distillation: {crops: 32, synthetic_clips: 2, validation_crops: 4}\n"
                        "training: {epochs: 2, batch_size: 8}\n");
  const auto command = [](const std::string& name) {
    return Arguments{"--config", "student.yaml", "--set", "name=" + name, "--threads", "1"};
  };
  place.run("distiller", command("one"));
  TwoRanks both(place, "meeting", "distiller", command("two"));
  CHECK_THAT(both.out(), Contains("student.pt"));
  check_same_losses(latest(place, "one"), latest(place, "two"));
}

TEST_CASE("mpirun starts ranks without a word on where they meet", "[apps]") {
  if (no_gloo()) return;
  const char* mpirun = "/usr/bin/mpirun";
  if (!fs::exists(mpirun)) return testing::skip_case("mpirun (openmpi-bin) is not installed");
  const SmallPlace place;
  place.run("trainer", finetuning("one", 2));
  Arguments command = {"-n", "2", "--oversubscribe", testing::program_path("trainer").string()};
  const auto own = finetuning("two", 2);
  command.insert(command.end(), own.begin(), own.end());
  const auto result =
      testing::run(mpirun, command, place.path(), {"OMPI_ALLOW_RUN_AS_ROOT=1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1"});
  INFO(result.err);
  REQUIRE(result.exit_code == 0);
  CHECK(result.out.find("model.pt") == result.out.rfind("model.pt"));
  check_same_losses(latest(place, "one"), latest(place, "two"));
}

TEST_CASE("two ranks in two network namespaces train what one trains", "[apps]") {
  if (no_gloo()) return;
  const auto script = testing::source_folder() / "scripts/check_ranks_network.sh";
  const auto result =
      testing::run("/bin/bash", {script.string(), testing::program_path("trainer").parent_path().string()});
  if (result.exit_code == 77) return testing::skip_case(result.err);
  INFO(result.err);
  CHECK(result.exit_code == 0);
  CHECK_THAT(result.out, Contains("two ranks:"));
}

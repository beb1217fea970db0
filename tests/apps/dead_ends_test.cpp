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

TEST_CASE("a model that is missing, a folder, or a sound is answered with what to give", "[apps]") {
  const testing::SmallPlace place;
  for (const char* program : {"classifier", "server"}) {
    INFO(program);
    CHECK_THAT(refused(place, program, {"--model", "models/yamnet.pt"}, 1),
               Contains("models/yamnet.pt: no such file") && Contains("make dogcat") && !Contains("trainer wrote"));
    CHECK_THAT(refused(place, program, {"--model", "x/model.safetensors"}, 1),
               Contains("x/model.safetensors: no such file; give a run's folder") && !Contains("here are"));
  }
  place.train("1");
  const auto sound = (fs::directory_iterator(place / "set/audio")->path().lexically_relative(place.path())).string();
  for (const auto& [program, before] :
       {std::pair("classifier", std::vector<std::string>{}), std::pair("evaluator", std::vector<std::string>{}),
        std::pair("plotter", std::vector<std::string>{"timeline", sound, "--out", "a.svg"})}) {
    INFO(program);
    const auto with = [&](const std::string& model) {
      auto arguments = before;
      arguments.insert(arguments.end(), {"--model", model});
      return arguments;
    };
    CHECK_THAT(refused(place, program, with("model.pt"), 1),
               Contains("model.pt: no such file") && Contains("here are: experiments/a/latest\n"));
    CHECK_THAT(refused(place, program, with(sound), 1), Contains("this is a sound, not a model"));
    CHECK_THAT(refused(place, program, with("set"), 1), Contains("set: neither model.pt nor model.safetensors"));
  }
}

TEST_CASE("every program takes the folder of a run, and model.safetensors where model.pt lies beside it", "[apps]") {
  const testing::SmallPlace place;
  const auto run = place.train("1");
  const auto sound = fs::directory_iterator(place / "set/audio")->path().string();
  const auto expected = place.run("classifier", {"--model", "experiments/a/latest/model.safetensors", sound});
  for (const char* model : {"experiments/a/latest", "experiments/a/latest/", "experiments/a"}) {
    CHECK(place.run("classifier", {"--model", model, sound}) == expected);
    place.run("evaluator", {"--model", model});
    place.run("plotter", {"timeline", sound, "--model", model, "--out", "a.svg"});
    place.run("plotter", {"model", model, "--out", "a.svg"});
  }
  CHECK_THAT(place.run("classifier", {"--describe", "experiments/a/latest"}), Contains("dog"));
  const auto plain = testing::run("evaluator", {"--model", "experiments/a/latest/model.safetensors"}, place.path());
  CHECK(plain.exit_code == 0);
  CHECK_THAT(plain.err, Contains("its model.pt is used, experiments/a/latest/model.pt"));
  fs::copy_file(run / "model.safetensors", place / "alone.safetensors");
  CHECK_THAT(refused(place, "evaluator", {"--model", "alone.safetensors"}, 1),
             Contains("LibTorch computes this, which needs the model.pt") && Contains("not beside it"));
  const auto other = place.train("1", "6");
  fs::copy_file(other / "model.pt", place / "alone.pt");
  CHECK_THAT(refused(place, "evaluator", {"--model", "alone.safetensors"}, 1),
             Contains("alone.pt is of another training"));
  place.run("plotter", {"timeline", sound, "--model", "alone.safetensors", "--out", "a.svg"});
}

TEST_CASE("an option of nearly the right name, no model, no sounds, and a device of another name", "[apps]") {
  const testing::SmallPlace place;
  CHECK_THAT(refused(place, "classifier", {"--modle", "x", "set"}, 2), Contains("did you mean --model?"));
  CHECK_THAT(refused(place, "trainer", {"--confg=a.yaml"}, 2), Contains("did you mean --config?"));
  CHECK_THAT(refused(place, "trainer", {"--nothing-like-it"}, 2), !Contains("did you mean"));
  CHECK_THAT(refused(place, "classifier", {"set"}, 2), Contains("give a model: --model experiments/NAME/latest"));
  CHECK_THAT(refused(place, "trainer", {"set", "--device", "gpu"}, 2),
             Contains("device 'gpu' is not one of auto, cpu, cuda, cuda:N"));
  place.train("1");
  make_folder(place / "empty");
  CHECK_THAT(refused(place, "classifier", {"--model", "experiments/a/latest", "empty"}, 1),
             Contains("empty: no sound file in it or below"));
}

// SPDX-License-Identifier: Apache-2.0
#include "apps/small_place.h"
#include "support/files.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>

using namespace soundfold;
using Catch::Contains;

TEST_CASE("distiller leaves a network that trainer takes, and neither resumes the other's runs", "[apps]") {
  const testing::SmallPlace place;
  write_file_atomically(place / "student.yaml",
                        "name: student\ndata: {root: set}\nstudent: {width: 0.25}\n"
                        "distillation: {crops: 16, synthetic_clips: 2, validation_crops: 4}\n"
                        "training: {epochs: 2, batch_size: 8}\n");
  const std::vector<std::string> command{"--config", "student.yaml", "--threads", "1"};
  const auto summary = place.run("distiller", command);
  CHECK_THAT(summary, Contains("2 synthesised sounds of 5 s") && Contains("student.pt"));
  auto again = command;
  again.emplace_back("--skip-finished");
  CHECK_THAT(place.run("distiller", again), Contains("was finished before"));
  CHECK_THAT(place.run("trainer", {"--config", "a.yaml", "--set", "training.epochs=1", "--set",
                                   "backbone.weights=experiments/student/latest/student.pt", "--threads", "1"}),
             Contains("model.pt"));

  const auto wrong = testing::run("trainer", {"--resume", "experiments/student/latest"}, place.path());
  CHECK(wrong.exit_code == 2);
  CHECK_THAT(wrong.err, Contains("config.yaml:") && Contains("use distiller for this file"));
  const auto other = testing::run("distiller", {"--resume", "experiments/a/latest"}, place.path());
  CHECK(other.exit_code == 2);
  CHECK_THAT(other.err, Contains("use trainer for this file"));
  const auto finished = testing::run("distiller", {"--resume", "experiments/student/latest"}, place.path());
  CHECK(finished.exit_code == 2);
  CHECK_THAT(finished.err, Contains("is a finished run"));
}

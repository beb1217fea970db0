// SPDX-License-Identifier: Apache-2.0
#include "config/load.h"
#include "protocols/run.h"
#include "protocols/summary.h"
#include "support/files.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>

using namespace soundfold;
using Catch::Contains;
namespace fs = std::filesystem;

TEST_CASE("the tutorial's head on ESC-10 in five folds, and a second run that computes nothing",
          "[protocols][assets]") {
  const testing::TempFolder folder;
  const auto imported = testing::run(
      "importer", {"--from", (testing::assets_folder() / "yamnet/yamnet_classification_int8.tflite").string(), "--out",
                   (folder / "yamnet.pt").string()});
  REQUIRE(imported.exit_code == 0);
  const auto experiment = config::load_experiment(
      testing::source_folder() / "configs/esc10.yaml",
      {"data.root=" + (testing::assets_folder() / "esc50").string(),
       "backbone.weights=" + (folder / "yamnet.pt").string(), "store.folder=" + (folder / "store").string(),
       "run.folder=" + (folder / "experiments").string(), "protocol.repeats=1", "protocol.final_model=all_folds"});
  runs::RunOptions options;
  options.skip_finished = true;
  const auto result = protocols::run_experiment(experiment, options);
  CHECK(result.json["clip_accuracy"]["mean"].get<double>() >= 0.97);
  CHECK(result.json["window_accuracy"]["mean"].get<double>() >= 0.84);
  CHECK(result.json["pooled"]["clips"]["sample_count"] == 400);
  CHECK(result.json["final_model"]["export_difference"].get<double>() <= 1e-4);
  CHECK(fs::exists(folder / "experiments/esc10/latest/model.pt"));
  CHECK_THAT(protocols::summary_text(result),
             Contains("5-fold cross-validation over folds 1-5") && Contains("clip accuracy:"));
  const auto again = protocols::run_experiment(experiment, options);
  CHECK(again.was_finished);
  CHECK(again.folder == result.folder);
}

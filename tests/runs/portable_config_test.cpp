// SPDX-License-Identifier: Apache-2.0
#include "runs/portable_config.h"

#include "config/load.h"
#include "config/print.h"
#include "deploy/model.h"
#include "protocols/run.h"
#include "protocols/tiny_place.h"
#include "support/errors.h"
#include "support/files.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>

using namespace soundfold;
using Catch::Contains;
namespace fs = std::filesystem;

TEST_CASE("a configuration that travels has no absolute paths", "[runs]") {
  config::Experiment experiment;
  experiment.data.layout = config::Layout::csv;
  experiment.data.root = "/home/somebody/project/data/esc50";
  experiment.data.manifest = "/mnt/disk/list.csv";
  experiment.backbone.weights = "data/yamnet.pt";
  experiment.store.folder = "/home/somebody/project/../cache/store/";
  experiment.run.folder = "../runs";
  experiment.data.classes = {"/not a path"};
  const auto portable = runs::portable_config(experiment, "/home/somebody/project");
  // Read as text: no experiment has an effect for all of these keys at once.
  for (const std::string line : {"root: data/esc50", "manifest: list.csv", "weights: data/yamnet.pt", "folder: store",
                                 R"(folder: "../runs")", R"(classes: ["/not a path"])"}) {
    CHECK_THAT(portable.yaml, Contains("  " + line + "\n"));
  }
  CHECK(portable.left_out == std::vector<std::string>{"data.manifest", "store.folder"});
}

TEST_CASE("the configuration of a model finds its data beside it, or says that they are missing", "[runs]") {
  const testing::TempFolder folder;
  config::Experiment experiment;
  experiment.name = "mine";
  experiment.data.layout = config::Layout::folders;
  experiment.data.root = "/mnt/disk/sounds";
  const auto portable = runs::portable_config(experiment, "/home/somebody");
  REQUIRE(portable.left_out == std::vector<std::string>{"data.root"});
  const auto read = [&](const std::vector<std::string>& overrides) {
    return runs::configuration_of_model(portable.yaml, portable.left_out, folder / "model.pt", overrides);
  };
  CHECK_THROWS_WITH(read({}), Contains("model.pt") && Contains("--set data.root=FOLDER"));
  CHECK_THROWS_AS(read({"seed=3"}), UsageError);
  CHECK(read({"data.root=here", "seed=3"}).data.root == "here");

  write_file_atomically(folder / "config.yaml", config::to_yaml(experiment));
  CHECK(read({}).data.root == "/mnt/disk/sounds");
  CHECK(read({"data.root=here"}).data.root == "here");
  experiment.name = "another";
  write_file_atomically(folder / "config.yaml", config::to_yaml(experiment));
  CHECK_THROWS_AS(read({}), UsageError);
}

TEST_CASE("an exported model and an imported network name no folder of the machine they were made on", "[runs]") {
  testing::TinyPlace place;
  write_file_atomically(fs::path(place.experiment.data.root) / "audio/notes.txt", "no sound");
  place.experiment.backbone.taps = {2};
  const auto result = protocols::run_experiment(place.experiment, {});
  REQUIRE(result.problem.empty());
  // A TorchScript file is a zip whose entries are not compressed.
  for (const auto& file : {result.folder / "model.pt", fs::path(place.experiment.backbone.weights)}) {
    const auto bytes = read_file(file);
    INFO(file.string());
    for (const auto& place_name :
         {place.folder.path().string(), fs::current_path().string(), testing::source_folder().string(),
          std::string("/home/"), std::string("/usr/"), std::string("/tmp/"), std::string("/root/")}) {
      INFO(place_name);
      CHECK(bytes.find(place_name) == std::string::npos);
    }
  }
  const auto model = deploy::Model::load(result.folder / "model.pt", torch::kCPU);
  CHECK(model.metadata().at(runs::kPathsLeftOut).dump().find("data.root") != std::string::npos);
}

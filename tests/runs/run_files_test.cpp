// SPDX-License-Identifier: Apache-2.0
// What a run leaves besides its result: which clip is where, its predictions, and why it ended early.
#include "protocols/run.h"
#include "protocols/tiny_place.h"
#include "runs/answers.h"
#include "runs/open_run.h"
#include "runs/splits_file.h"
#include "support/errors.h"
#include "support/files.h"
#include "support/hashing.h"
#include "text/csv.h"

#include <catch2/catch.hpp>

#include <csignal>
#include <map>

using namespace soundfold;
using Catch::Contains;
namespace fs = std::filesystem;

TEST_CASE("splits.csv has every clip that is used, its split, fold and digest", "[runs]") {
  const testing::TinyPlace place;
  const auto result = protocols::run_experiment(place.experiment, {});
  const auto table = CsvTable::read(result.folder / runs::kSplitsFile);
  REQUIRE(table.row_count() == 16);  // four folds of two kinds, two clips each; fold 5 is not used
  const std::map<std::string, std::string> split_of = {
      {"1", "train"}, {"2", "train"}, {"3", "validation"}, {"4", "test"}};
  std::map<std::string, int> labels;
  for (std::size_t row = 0; row < table.row_count(); ++row) {
    INFO(table.at(row, "path"));
    CHECK(table.at(row, "split") == split_of.at(table.at(row, "fold")));
    ++labels[table.at(row, "label")];
    const auto name = fs::path(table.at(row, "path")).filename().string();
    CHECK(name.substr(0, 1) == table.at(row, "fold"));  // ESC-50's names begin with it
    CHECK_FALSE(table.at(row, "source").empty());
    const auto file = fs::path(place.experiment.data.root) / table.at(row, "path");
    CHECK(table.at(row, "xxh3_128") == hash_file(HashKind::xxh3_128, file));
  }
  CHECK(labels == std::map<std::string, int>{{"dog", 8}, {"rain", 8}});
}

TEST_CASE("in a cross-validation the fold says where a clip is", "[runs]") {
  testing::TinyPlace place;
  place.experiment.protocol.type = config::ProtocolType::cross_validation;
  place.experiment.folds = {};
  const auto prepared = features::prepare_features(place.experiment, torch::kCPU);
  const auto table = CsvTable::parse(runs::splits_csv(prepared, true), "splits");
  REQUIRE(table.row_count() == 20);
  for (std::size_t row = 0; row < table.row_count(); ++row) {
    CHECK(table.at(row, "split").empty());
    CHECK_FALSE(table.at(row, "fold").empty());
  }
  CHECK(CsvTable::parse(runs::splits_csv(prepared, false), "splits").at(0, "split") == "train");
}

TEST_CASE("a run keeps its answers to the validation clips too", "[runs]") {
  const testing::TinyPlace place;
  const auto result = protocols::run_experiment(place.experiment, {});
  CHECK(result.json.at("predictions") ==
        nlohmann::json({{"test", "predictions.csv"}, {"validation", "validation_predictions.csv"}}));
  for (const std::string split : {"test", "validation"}) {
    const auto table = CsvTable::read(result.folder / result.json["predictions"][split].get<std::string>());
    const auto& clips = result.json.at(split).at("clips");
    REQUIRE(table.row_count() == clips.at("sample_count"));
    std::int64_t right = 0;
    for (std::size_t row = 0; row < table.row_count(); ++row) {
      right += table.at(row, "truth") == table.at(row, "predicted") ? 1 : 0;
    }
    CHECK(right == clips.at("correct"));
    CHECK(table.header() == std::vector<std::string>{"clip", "truth", "predicted", "dog", "rain"});
  }
  CHECK(fs::exists(result.folder / runs::kValidationFiles.clip_logits));
}

TEST_CASE("what ends a run is the last line of its log", "[runs]") {
  const testing::TempFolder folder;
  auto run = runs::RunFolder::create(folder.path(), "ended");
  run.keep_log();
  const auto last_line = [&] {
    const auto text = read_file(run.log_file());
    return text.substr(text.rfind('\n', text.size() - 2) + 1);
  };
  CHECK_THROWS_AS(runs::with_ending_logged(run, [] { throw DataError("the disk is full"); }), DataError);
  CHECK_THAT(last_line(), Contains(" error the disk is full\n"));
  CHECK_THROWS_AS(runs::with_ending_logged(run, [] { throw Interrupted("stopped; resume with: x", SIGINT); }),
                  Interrupted);
  CHECK_THAT(last_line(), Contains(" info stopped; resume with: x\n"));
  runs::with_ending_logged(run, [] {});
  CHECK_THAT(last_line(), Contains("stopped; resume with"));
}

TEST_CASE("a training that diverges says so in its log.txt", "[runs]") {
  testing::TinyPlace place;
  place.experiment.optimizer.type = config::OptimizerType::sgd;
  place.experiment.optimizer.learning_rate = 1e38;
  CHECK_THROWS_WITH(protocols::run_experiment(place.experiment, {}), Contains("training diverged"));
  std::string log;
  for (const auto& run : fs::directory_iterator(fs::path(place.experiment.run.folder) / "tiny")) {
    log = read_file(run.path() / "log.txt");
  }
  CHECK_THAT(log, Contains(" error ") && Contains("training diverged in epoch"));
}

// SPDX-License-Identifier: Apache-2.0
#include "apps/workplace.h"
#include "support/files.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <filesystem>

using namespace soundfold;
using Catch::Contains;
namespace fs = std::filesystem;

namespace {

nlohmann::json latest_result(const testing::Workplace& place, const std::string& name) {
  return nlohmann::json::parse(read_file(place / ("experiments/" + name + "/latest/result.json")));
}

}  // namespace

TEST_CASE("the main job on real recordings: train, evaluate, classify, and nothing computed twice", "[apps][assets]") {
  const testing::Workplace place;
  const auto first = place.train("dogcat_two_folds.yaml");
  INFO(first.err);
  REQUIRE(first.exit_code == 0);
  CHECK_THAT(first.out, Contains("16 clips, 160 windows") && Contains("100.00 % (16/16)"));
  CHECK_THAT(first.err, Contains("32/32 clips extracted") || Contains("32 clips extracted"));
  const auto result = latest_result(place, "dogcat_two_folds");
  CHECK(result["test"]["clips"]["correct"] == 16);
  CHECK(result["test"]["windows"]["sample_count"] == 160);
  CHECK(result["export_difference"].get<double>() <= 1e-4);

  const std::string model = "experiments/dogcat_two_folds/latest/model.pt";
  const auto evaluated = place.run("evaluator", {"--model", model, "--json", "--threads", "1"});
  INFO(evaluated.err);
  REQUIRE(evaluated.exit_code == 0);
  const auto report = nlohmann::json::parse(evaluated.out);
  CHECK(report["clips"]["correct"] == 16);
  CHECK(report["difference_to_trainer"]["clips"] == 16);
  CHECK(report["difference_to_trainer"]["largest"].get<double>() <= 1e-4);

  const auto miaow = (testing::assets_folder() / "audio/miaow_16k.wav").string();
  const auto classified = place.run("classifier", {"--model", model, "--json", "--timeline", miaow});
  REQUIRE(classified.exit_code == 0);
  const auto answer = nlohmann::json::parse(classified.out);
  CHECK(answer["classes"][0]["class"] == "cat");
  CHECK(answer["timeline"].size() == 13);

  const auto second = place.train("dogcat_two_folds.yaml", {"--skip-finished"});
  CHECK(second.exit_code == 0);
  CHECK_THAT(second.err, Contains("32/32 clips from the store"));
  CHECK_THAT(second.out, Contains("was finished before"));
}

TEST_CASE("the folds the other way round, by --set", "[apps][assets]") {
  const testing::Workplace place;
  const auto trained = place.train("dogcat_two_folds.yaml", {"--set", "folds.train=[4]", "--set", "folds.test=[1]"});
  INFO(trained.err);
  REQUIRE(trained.exit_code == 0);
  CHECK_THAT(trained.out, Contains("100.00 % (16/16)"));
}

TEST_CASE("one seed, one thread: identical weights from two runs", "[apps][assets]") {
  const testing::Workplace place;
  const std::vector<std::string> brief{"--set", "training.epochs=3"};
  REQUIRE(place.train("dogcat_two_folds.yaml", brief).exit_code == 0);
  const auto first = read_file(place / "experiments/dogcat_two_folds/latest/test_logits.json");
  REQUIRE(place.train("dogcat_two_folds.yaml", brief).exit_code == 0);
  CHECK(read_file(place / "experiments/dogcat_two_folds/latest/test_logits.json") == first);
}

TEST_CASE("YAMNet's own classes when given yamnet.pt", "[apps][assets]") {
  const testing::Workplace place;
  const auto miaow = (testing::assets_folder() / "audio/miaow_16k.wav").string();
  const auto classified = place.run("classifier", {"--model", "data/yamnet.pt", "--top", "2", "--csv", miaow});
  INFO(classified.err);
  REQUIRE(classified.exit_code == 0);
  CHECK_THAT(classified.out, Contains(",Cat,0.73") && Contains(",\"Domestic animals, pets\",0.66"));
}

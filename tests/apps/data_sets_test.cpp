// SPDX-License-Identifier: Apache-2.0
#include "apps/small_place.h"
#include "support/files.h"
#include "text/csv.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <map>

// Data sets as people have them, trained on as a user would.

using namespace soundfold;
using Catch::Contains;
namespace fs = std::filesystem;

namespace {

/// The built-in weights and 30 sounds of a second: dogs, cats and rain, two in each of five folds (sounds/).
struct Sounds {
  testing::SmallPlace place;

  Sounds() {
    place.run("synthesizer", {"--out", "sounds", "--kinds", "dog,cat,rain", "--clips-per-fold", "2", "--seconds", "1"});
  }

  /// Copies each sound to `to(category, fold, number)` below my_sounds/; an empty path leaves it out.
  template <typename Path>
  void copy(Path to) const {
    const auto listed = CsvTable::read(place / "sounds/meta/esc50.csv");
    for (std::size_t row = 0; row < listed.row_count(); ++row) {
      const std::string path = to(listed.at(row, "category"), listed.at(row, "fold"), std::to_string(row));
      if (path.empty()) continue;
      fs::create_directories((place / ("my_sounds/" + path)).parent_path());
      fs::copy_file(place / ("sounds/audio/" + listed.at(row, "filename")), place / ("my_sounds/" + path));
    }
  }

  testing::ProgramResult train(const std::string& experiment) const {
    write_file_atomically(place / "b.yaml", "name: b\ntraining: {epochs: 30, batch_size: 4}\n" + experiment);
    return testing::run("trainer", {"--config", "b.yaml", "--threads", "1"}, place.path());
  }
  nlohmann::json result() const { return nlohmann::json::parse(read_file(place / "experiments/b/latest/result.json")); }
  fs::path latest(const std::string& file) const { return place / ("experiments/b/latest/" + file); }
};

}  // namespace

TEST_CASE("folders train/ and test/ are splits, not classes", "[apps]") {
  const Sounds sounds;
  sounds.copy([](const auto& category, const auto& fold, const auto& number) {
    return (fold == "5" ? "test/" : "train/") + category + "/" + number + ".wav";
  });
  const auto trained = sounds.train("data: {layout: folders, root: my_sounds}\n");
  INFO(trained.err);
  REQUIRE(trained.exit_code == 0);
  const auto data = sounds.result()["data"];
  CHECK(data["classes"] == nlohmann::json({"cat", "dog", "rain"}));
  CHECK(data["test"]["clips"] == 6);
  CHECK(data["train"]["clips"].get<int>() + data["validation"]["clips"].get<int>() == 24);
  CHECK_THAT(data["description"].get<std::string>(),
             Contains("split by its own folders") && Contains("cat 10, dog 10, rain 10"));
  const auto evaluated =
      testing::run("evaluator", {"--model", "experiments/b/latest/model.pt", "--json"}, sounds.place.path());
  INFO(evaluated.err);
  REQUIRE(evaluated.exit_code == 0);
  CHECK(nlohmann::json::parse(evaluated.out)["clips"]["sample_count"] == 6);
}

TEST_CASE("one class with several labels: refused without negatives, trained with them", "[apps]") {
  const Sounds sounds;
  std::string cats = "Filename;Category\r\n", all = cats;
  sounds.copy([&](const auto& category, const auto&, const auto& number) {
    const std::string path = category + number + ".wav";
    if (category == "cat") cats += path + ";cat\r\n";
    all += path + ";" + (category == "cat" ? "cat" : "") + "\r\n";
    return path;
  });
  const std::string experiment =
      "data: {layout: csv, manifest: my_sounds/clips.csv, multi_label: true}\n"
      "objective: {type: binary_cross_entropy}\n";
  write_file_atomically(sounds.place / "my_sounds/clips.csv", cats);
  const auto refused = sounds.train(experiment);
  CHECK(refused.exit_code == 1);
  CHECK_THAT(refused.err, Contains("class 'cat' has no negative example"));
  CHECK_FALSE(fs::exists(sounds.place / "experiments/b"));

  write_file_atomically(sounds.place / "my_sounds/clips.csv", all);
  const auto trained = sounds.train(experiment);
  INFO(trained.err);
  REQUIRE(trained.exit_code == 0);
  const auto clips = sounds.result()["test"]["clips"];
  CHECK(clips["sample_count"] == 6);
  CHECK(clips["classes"][0]["support"] == 2);
  CHECK(clips["mean_roc_auc"].get<double>() > 0.9);
  std::map<std::string, std::string> labels;
  const auto predictions = CsvTable::read(sounds.latest("predictions.csv"));
  for (std::size_t row = 0; row < predictions.row_count(); ++row) {
    const std::string& file = predictions.at(row, predictions.header()[0]);
    CHECK(predictions.at(row, predictions.header()[1]) == (file.find("cat") == 0 ? "cat" : ""));
  }
}

TEST_CASE("a single class with one label per clip is refused before anything is embedded", "[apps]") {
  const Sounds sounds;
  sounds.copy([](const auto& category, const auto&, const auto& number) {
    return category == "cat" ? "cat/" + number + ".wav" : std::string();
  });
  const auto trained = sounds.train("data: {layout: folders, root: my_sounds}\n");
  CHECK(trained.exit_code == 1);
  CHECK_THAT(trained.err, Contains("a classifier needs at least two classes, and 'cat' is the only one"));
  CHECK_FALSE(fs::exists(sounds.place / "data/embeddings/data.mdb"));
}

TEST_CASE("a model with the other classes gathered answers none to them", "[apps]") {
  const Sounds sounds;
  const auto trained = sounds.train(
      "data: {root: sounds, classes: [dog, Cat], other_class: Other, negative_class: other}\n"
      "folds: {train: [1, 2, 3], validation: [4], test: [5]}\n");
  INFO(trained.err);
  REQUIRE(trained.exit_code == 0);
  CHECK(sounds.result()["data"]["classes"] == nlohmann::json({"dog", "cat", "Other"}));
  CHECK_THAT(trained.err, Contains("data.classes: 'Cat' is taken as 'cat', as ESC-50 writes it"));
  const auto listed = CsvTable::read(sounds.place / "sounds/meta/esc50.csv");
  std::size_t right = 0;
  for (std::size_t row = 0; row < listed.row_count(); ++row) {
    if (listed.at(row, "fold") != "5") continue;
    const auto answer =
        nlohmann::json::parse(sounds.place.run("classifier", {"--model", "experiments/b/latest/model.pt", "--json",
                                                              "sounds/audio/" + listed.at(row, "filename")}));
    const bool none = answer.contains("none");
    const bool other = listed.at(row, "category") == "rain";
    right += none == other && (none || answer["classes"][0]["class"] == listed.at(row, "category")) ? 1 : 0;
  }
  CHECK(right >= 5);
}

TEST_CASE("data without folds are cross-validated by source, and leaving one source out", "[apps]") {
  const Sounds sounds;
  std::string csv = "path\tlabel\tsource\tlicense\n";
  sounds.copy([&](const auto& category, const auto& fold, const auto& number) {
    const std::string path = category + number + ".wav";
    const std::string walk = category == "rain" && fold == "1" ? "walk 2" : "walk " + fold;  // walk 1 without rain
    csv += path + "\t" + category + "\t" + walk + "\tCC0\n";
    return path;
  });
  write_file_atomically(sounds.place / "my_sounds/clips.tsv", csv);
  const std::string start = "data: {layout: csv, manifest: my_sounds/clips.tsv}\nearly_stopping: {monitor: loss}\n";
  const auto drawn =
      sounds.train(start + "protocol: {type: cross_validation, folds_from: sources, fold_count: 3, repeats: 2}\n");
  INFO(drawn.err);
  REQUIRE(drawn.exit_code == 0);
  CHECK_THAT(drawn.err, Contains("columns not used: license"));
  CHECK_THAT(drawn.out, Contains("3-fold cross-validation over folds 1-3 drawn by source with seed 1"));
  CHECK(sounds.result()["pooled"]["clips"]["sample_count"] == 60);
  CHECK_THAT(drawn.out, Contains("model on all folds, "));
  const auto untested = testing::run("evaluator", {"--config", "b.yaml"}, sounds.place.path());
  CHECK(untested.exit_code == 2);
  CHECK_THAT(untested.err, Contains("is trained on all folds") && Contains("--split all"));
  CHECK(CsvTable::read(sounds.latest("splits.csv")).row_count() == 30);
  const auto folds = CsvTable::read(sounds.latest("clip_folds.csv"));
  REQUIRE(folds.row_count() == 30);
  std::map<std::string, std::string> fold_of;
  for (std::size_t row = 0; row < folds.row_count(); ++row) {
    const auto [at, is_new] = fold_of.emplace(folds.at(row, "source"), folds.at(row, "fold"));
    CHECK((is_new || at->second == folds.at(row, "fold")));
  }

  const auto left_out = sounds.train(start + "protocol: {type: cross_validation, folds_from: each_source}\n");
  INFO(left_out.err);
  REQUIRE(left_out.exit_code == 0);
  CHECK_THAT(left_out.out, Contains("cross-validation over 5 sources, each left out in turn") &&
                               Contains("source left out\n") && Contains("  walk 1\n") && Contains("over all clips: "));
  const auto table = CsvTable::read(sounds.latest("folds.csv"));
  REQUIRE(table.row_count() == 5);
  CHECK(table.at(0, "test_source") == "walk 1");
  CHECK(table.at(0, "clips") == "4");
  CHECK(table.at(1, "clips") == "8");
  CHECK(sounds.result()["pooled"]["clips"]["sample_count"] == 30);
}

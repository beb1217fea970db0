// SPDX-License-Identifier: Apache-2.0
// What people write by mistake, and what they are told.
#include "config/load.h"
#include "config/parsed.h"
#include "support/errors.h"
#include "support/files.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>

#include <cstdlib>

using namespace soundfold;
using Catch::Contains;
using testing::parse;

TEST_CASE("a tab in YAML is named as such, at its line", "[config]") {
  CHECK_THROWS_WITH(parse("seed: 1\ntraining:\n\tepochs: 5\n"),
                    Contains("a.yaml:3: not valid YAML: the line is indented by a tab; use blanks"));
  CHECK_THROWS_WITH(parse("training:\n  epochs: 5\n \tbatch_size: 4\n"),
                    Contains("a.yaml:3: ") && Contains("by a tab"));
  CHECK_THROWS_WITH(parse("seed: [1\n"), Contains("not valid YAML") && !Contains("tab"));
  CHECK(parse("seed:\t3\n").seed == 3);
}

TEST_CASE("a list of one may go without brackets", "[config]") {
  const auto e = parse("folds: {train: 2}\n", {"folds.test=1", "folds.validation=[]", "data.classes=dog"});
  CHECK(e.folds.train == std::vector<std::int64_t>{2});
  CHECK(e.folds.test == std::vector<std::int64_t>{1});
  CHECK(e.data.classes == std::vector<std::string>{"dog"});
  CHECK(parse("head: {known_classes: {dog: Bark}}").head.known_classes == config::NameLists{{"dog", {"Bark"}}});
  CHECK_THROWS_WITH(parse("", {"folds.test=1,2"}), Contains("given: 1,2; write a list in brackets: [1,2]"));
  CHECK_THROWS_WITH(parse("", {"data.classes=dog, cat"}), Contains("write a list in brackets: [dog, cat]"));
  CHECK_THROWS_WITH(parse("", {"folds.test=0"}), Contains("must be a list of whole numbers, at least 1; given: 0"));
}

TEST_CASE("nothing after = is the empty string", "[config]") {
  const std::string csv = "data: {layout: csv, manifest: m.csv, root: elsewhere}\n";
  CHECK(parse(csv, {"data.root="}).data.root.empty());
  CHECK_THROWS_WITH(parse("", {"data.root="}),
                    Contains("--set data.root=: data.root is not given; name the data set's folder"));
  CHECK_THROWS_WITH(parse("", {"backbone.weights="}),
                    Contains("--set backbone.weights=: backbone.weights and store.folder: each must be named"));
  CHECK_THROWS_WITH(parse("", {"name="}), Contains("name: letters"));
  CHECK_THROWS_WITH(parse("", {"training.epochs="}), Contains("given: nothing"));
}

TEST_CASE("the home folder may be written as ~ in paths, and only there", "[config]") {
  const std::string home = std::getenv("HOME") == nullptr ? "" : std::getenv("HOME");
  if (home.empty()) return;
  const auto e =
      parse("data: {root: ~/sounds}\nstore: {folder: '~/store'}\n", {"data.other_class=~x", "data.classes=[dog]"});
  CHECK(e.data.root == home + "/sounds");
  CHECK(e.store.folder == home + "/store");
  CHECK(e.data.other_class == "~x");
  CHECK_THROWS_WITH(parse("", {"data.root=~someone/sounds"}), Contains("write the whole path"));
  CHECK(parse("", {"data.root=./~sounds"}).data.root == "./~sounds");
}

TEST_CASE("errors across keys say where each of them was set", "[config]") {
  const std::string csv = "seed: 1\ndata:\n  layout: csv\n  manifest: m.csv\n  multi_label: true\n";
  CHECK_THROWS_WITH(parse(csv), Catch::StartsWith("a.yaml:5: data.multi_label needs objective.type"));
  CHECK_THROWS_WITH(parse(csv, {"objective.type=focal"}),
                    Catch::StartsWith("a.yaml:5 and --set objective.type=focal: data.multi_label needs"));
  CHECK_THROWS_WITH(parse("seed: 1\n", {"folds.train=[1, 4]"}),
                    Catch::StartsWith("--set folds.train=[1, 4]: fold 4 is in folds.train and in folds.validation"));
  CHECK_THROWS_WITH(parse("seed: 1\n", {"silence.windows=drop", "head.pooling=mean"}),
                    Catch::StartsWith("--set silence.windows=drop and --set head.pooling=mean: silence.windows: drop"));
  const testing::TempFolder folder;
  write_file_atomically(folder / "base.yaml", "head: {pooling: mean}\n");
  write_file_atomically(folder / "top.yaml", "extends: base.yaml\nsilence: {windows: drop}\n");
  CHECK_THROWS_WITH(config::load_experiment(folder / "top.yaml"),
                    Contains("top.yaml:2 and ") && Contains("base.yaml:1: silence.windows: drop goes with"));
}

TEST_CASE("a cross-validation without validation folds is told how to get some", "[config]") {
  const std::string yaml =
      "data: {layout: folders, root: pets}\nprotocol: {type: cross_validation, folds_from: sources}\n"
      "early_stopping: {monitor: validation_loss}\n";
  CHECK_THROWS_WITH(parse(yaml),
                    Contains("protocol.validation is none; set it to previous or next") && !Contains("give a fold"));
}

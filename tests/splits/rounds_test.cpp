// SPDX-License-Identifier: Apache-2.0
#include "splits/rounds.h"

#include "protocols/synthetic_folds.h"
#include "support/errors.h"

#include <catch2/catch.hpp>

using namespace soundfold;
using Catch::Contains;

namespace {

config::Protocol protocol(const std::string& validation, std::int64_t repeats = 1) {
  config::Protocol p;
  p.type = config::ProtocolType::cross_validation;
  p.validation = choice_named<config::ValidationFold>(validation).value();
  p.repeats = repeats;
  return p;
}

/// "test/validation<-train" of every round.
std::vector<std::string> listed(const std::vector<splits::Round>& rounds) {
  std::vector<std::string> texts;
  for (const auto& round : rounds) {
    std::string text = std::to_string(round.test) + "/" + std::to_string(round.validation) + "<-";
    for (const int fold : round.train) text += std::to_string(fold);
    texts.push_back(text);
  }
  return texts;
}

}  // namespace

TEST_CASE("rounds of five folds: validation is the fold before, the fold after, or none", "[splits]") {
  const std::vector<int> folds = {1, 2, 3, 4, 5};
  CHECK(listed(splits::make_rounds(protocol("previous"), folds, 1)) ==
        std::vector<std::string>{"1/5<-234", "2/1<-345", "3/2<-145", "4/3<-125", "5/4<-123"});
  CHECK(listed(splits::make_rounds(protocol("next"), folds, 1)) ==
        std::vector<std::string>{"1/2<-345", "2/3<-145", "3/4<-125", "4/5<-123", "5/1<-234"});
  CHECK(listed(splits::make_rounds(protocol("none"), folds, 1)) ==
        std::vector<std::string>{"1/0<-2345", "2/0<-1345", "3/0<-1245", "4/0<-1235", "5/0<-1234"});
}

TEST_CASE("two folds give both directions, and lists keep their own order", "[splits]") {
  CHECK(listed(splits::make_rounds(protocol("none"), {1, 4}, 1)) == std::vector<std::string>{"1/0<-4", "4/0<-1"});
  CHECK(listed(splits::make_rounds(protocol("previous"), {5, 2, 9}, 1)) ==
        std::vector<std::string>{"5/9<-2", "2/5<-9", "9/2<-5"});
}

TEST_CASE("repeats go through the seeds, one after the other", "[splits]") {
  const auto rounds = splits::make_rounds(protocol("none", 3), {1, 4}, 7);
  REQUIRE(rounds.size() == 6);
  std::vector<std::string> names;
  for (const auto& round : rounds) names.push_back(round.name());
  CHECK(names == std::vector<std::string>{"seed7_fold1", "seed7_fold4", "seed8_fold1", "seed8_fold4", "seed9_fold1",
                                          "seed9_fold4"});
  CHECK(rounds[3].description() == "seed 8, test fold 4");
}

TEST_CASE("the protocol in one sentence", "[splits]") {
  CHECK(splits::protocol_text(protocol("previous", 5), {1, 2, 3, 4, 5}, 1) ==
        "5-fold cross-validation over folds 1-5, validation = test fold - 1, seeds 1-5");
  CHECK(splits::protocol_text(protocol("next"), {2, 3, 4}, 3) ==
        "3-fold cross-validation over folds 2-4, validation = test fold + 1, seed 3");
  CHECK(splits::protocol_text(protocol("none", 2), {1, 4}, 1) ==
        "2-fold cross-validation over folds 1, 4, no validation, seeds 1, 2");
  CHECK(splits::protocol_text(protocol("previous"), {5, 2, 9}, 1) ==
        "3-fold cross-validation over folds 5, 2, 9, validation = the fold before the test fold, seed 1");
}

TEST_CASE("too few folds, or none at all, are refused", "[splits]") {
  CHECK_THROWS_WITH(splits::make_rounds(protocol("none"), {1}, 1),
                    Contains("at least 2 folds; there are 1; give more with protocol.folds"));
  CHECK_THROWS_WITH(splits::make_rounds(protocol("next"), {1, 4}, 1), Contains("at least 3 folds when it validates"));
  auto data = *testing::make_folds(3, 6).data.dataset;
  CHECK(splits::protocol_folds(protocol("none"), data) == std::vector<int>{1, 2, 3});
  auto chosen = protocol("none");
  chosen.folds = {3, 1};
  CHECK(splits::protocol_folds(chosen, data) == std::vector<int>{3, 1});
  for (auto& clip : data.clips) clip.fold = 0;
  CHECK_THROWS_AS(splits::protocol_folds(protocol("none"), data), UsageError);
}

TEST_CASE("each round's splits are checked: sources and classes", "[splits]") {
  const auto prepared = testing::make_folds(3, 6);
  auto data = *prepared.data.dataset;
  const auto rounds = splits::make_rounds(protocol("next"), {1, 2, 3}, 1);
  const auto& used = prepared.data.splits.train;
  const auto splits = splits::round_splits(rounds[0], data, used);
  CHECK(splits.test == std::vector<std::size_t>{0, 3, 6, 9, 12, 15});
  CHECK(splits.validation == std::vector<std::size_t>{1, 4, 7, 10, 13, 16});
  CHECK(splits.train == std::vector<std::size_t>{2, 5, 8, 11, 14, 17});
  CHECK_NOTHROW(splits::check_rounds(protocol("next"), rounds, data, used));
  data.clips[17].source = data.clips[16].source;
  CHECK_THROWS_WITH(splits::check_rounds(protocol("next"), rounds, data, used), Contains("source"));
  data.folds_are_published = true;
  CHECK_NOTHROW(splits::check_rounds(protocol("next"), rounds, data, used));
  for (auto& clip : data.clips) {
    if (clip.fold == 2 && clip.labels[0] == 1) clip.labels = {0};
  }
  CHECK_THROWS_WITH(splits::check_rounds(protocol("next"), rounds, data, used), Contains("'middle' has no clip"));
}

TEST_CASE("folds are drawn by source with the run's seed, the same for all repeats", "[splits]") {
  auto p = protocol("none", 3);
  p.folds_from = config::FoldSource::sources;
  p.fold_count = 4;
  auto data = *testing::make_folds(1, 24).data.dataset, same = data, other = data;
  splits::make_folds(p, 7, data);
  CHECK(splits::protocol_folds(p, data) == std::vector<int>{1, 2, 3, 4});
  CHECK(splits::protocol_text(p, {1, 2, 3, 4}, 7) ==
        "4-fold cross-validation over folds 1-4 drawn by source with seed 7, no validation, seeds 7-9");
  splits::make_folds(p, 7, same);
  splits::make_folds(p, 8, other);
  std::vector<std::size_t> used(data.clips.size());
  for (std::size_t i = 0; i < used.size(); ++i) used[i] = i;
  CHECK(splits::clip_folds_csv(data, used) == splits::clip_folds_csv(same, used));
  CHECK(splits::clip_folds_csv(data, used) != splits::clip_folds_csv(other, used));
  CHECK_NOTHROW(splits::check_rounds(p, splits::make_rounds(p, {1, 2, 3, 4}, 7), data, used));
}

TEST_CASE("each source is left out in turn, whatever classes it has", "[splits]") {
  auto p = protocol("none");
  p.folds_from = config::FoldSource::each_source;
  auto data = *testing::make_folds(1, 12).data.dataset;
  for (std::size_t i = 0; i < data.clips.size(); ++i)
    data.clips[i].source = i < 6 ? "park, north" : i < 9 ? "attic" : "street";
  data.clips[8].labels = {0};  // the attic has no "high"
  splits::make_folds(p, 1, data);
  const auto folds = splits::protocol_folds(p, data);
  CHECK(folds == std::vector<int>{1, 2, 3});
  CHECK(splits::source_of_fold(data, 2) == "park, north");
  CHECK(splits::protocol_text(p, folds, 1) ==
        "cross-validation over 3 sources, each left out in turn, no validation, seed 1");
  std::vector<std::size_t> used(data.clips.size());
  for (std::size_t i = 0; i < used.size(); ++i) used[i] = i;
  const auto rounds = splits::make_rounds(p, folds, 1);
  CHECK_NOTHROW(splits::check_rounds(p, rounds, data, used));
  CHECK_THROWS_AS(splits::check_rounds(protocol("none"), rounds, data, used), DataError);
  CHECK_THAT(splits::clip_folds_csv(data, {0, 6}),
             Contains("path,fold,source\n") && Contains(",2,\"park, north\"\n") && Contains(",1,attic\n"));
}

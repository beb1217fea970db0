// SPDX-License-Identifier: Apache-2.0
#include "evaluation/comparison.h"

#include "support/errors.h"
#include "support/files.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>

using namespace soundfold;
using namespace soundfold::evaluation;
using Catch::Contains;

namespace {

constexpr const char* kHead = "clip,truth,predicted,dog,cat\n";

/// A run's folder with these rows of predictions.csv, or of a round's.
std::filesystem::path run_with(const testing::TempFolder& place, const std::string& name, const std::string& rows,
                               const std::string& round = "") {
  const auto folder = round.empty() ? place / name : place / name / "rounds" / round;
  make_folder(folder);
  write_file_atomically(folder / "predictions.csv", kHead + rows);
  return place / name;
}

std::string compare_fault(const std::filesystem::path& a, const std::filesystem::path& b) {
  try {
    compare_runs({saved_predictions(a), saved_predictions(b)});
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("two runs on four clips: who has which right", "[evaluation]") {
  const testing::TempFolder place;
  const auto a = run_with(place, "a", "w,dog,dog,0.9,0.1\nx,dog,dog,0.8,0.2\ny,cat,dog,0.7,0.3\nz,cat,cat,0.2,0.8\n");
  const auto b = run_with(place, "b", "z,cat,dog,0.6,0.4\ny,cat,dog,0.9,0.1\nx,dog,cat,0.4,0.6\nw,dog,dog,1,0\n");
  const auto result = compare_runs({saved_predictions(a), saved_predictions(b)});
  REQUIRE(result.pairs.size() == 1);
  const auto& pair = result.pairs.front();
  CHECK(pair.counts.both == 1);
  CHECK(pair.only_first == std::vector<std::size_t>{1, 3});
  CHECK(pair.only_second.empty());
  CHECK(pair.neither == std::vector<std::size_t>{2});
  CHECK(pair.difference == 0.5);
  CHECK(pair.p == 0.5);  // 2 / 2^2
  CHECK(result.runs[0].clips[2].probability == 0.7);
  const auto text = comparison_text(result);
  CHECK_THAT(text, Contains("75.00 % (3/4") && Contains("1 less 2: +50.00 %") && Contains("p = 0.5000") &&
                       Contains("only 1 right: 2") && Contains("x: dog; dog 0.80 | cat 0.60"));
  const auto json = comparison_json(result);
  CHECK(json["pairs"][0]["only_first"] == nlohmann::json{"x", "z"});
  CHECK(json["runs"][1]["correct"] == 1);
}

TEST_CASE("runs over different clips or labels are refused, with the overlap", "[evaluation]") {
  const testing::TempFolder place;
  const auto a = run_with(place, "a", "w,dog,dog,0.9,0.1\nx,dog,dog,0.8,0.2\n");
  const auto b = run_with(place, "b", "w,dog,dog,0.9,0.1\ny,dog,dog,0.8,0.2\nz,cat,cat,0,1\n");
  const auto c = run_with(place, "c", "w,cat,dog,0.9,0.1\nx,dog,dog,0.8,0.2\n");
  CHECK_THAT(compare_fault(a, b), Contains("on 2,") && Contains("on 3, 1 of them the same; only one has x"));
  CHECK_THAT(compare_fault(a, c), Contains("w is dog in") && Contains("and cat in"));
  CHECK_THROWS_AS(compare_runs({saved_predictions(a)}), UsageError);
}

TEST_CASE("rounds are taken together, and seeds by their mean probabilities", "[evaluation]") {
  const testing::TempFolder place;
  run_with(place, "a", "w,dog,cat,0.4,0.6\nx,cat,cat,0.3,0.7\n", "seed1_fold1");
  run_with(place, "a", "y,cat,cat,0.1,0.9\n", "seed1_fold2");
  const auto one = saved_predictions(place / "a");
  CHECK(one.clips.size() == 3);
  CHECK(one.times == 1);
  CHECK(one.correct() == 2);
  run_with(place, "a", "w,dog,dog,0.9,0.1\nx,cat,dog,0.6,0.4\n", "seed2_fold1");
  CHECK_THROWS_AS(saved_predictions(place / "a"), DataError);  // y was tested once
  run_with(place, "a", "y,cat,dog,0.6,0.4\n", "seed2_fold2");
  const auto two = saved_predictions(place / "a");
  CHECK(two.times == 2);
  CHECK(two.correct() == 3);  // w: 0.65 dog; x: 0.55 cat; y: 0.65 cat
  CHECK(two.clips[0].probability == Approx(0.65));
}

TEST_CASE("several labels: all above a mean of one half", "[evaluation]") {
  const testing::TempFolder place;
  run_with(place, "a", "w,dog; cat,dog,0.9,0.4\nx,,cat,0.3,0.7\n", "seed1_fold1");
  run_with(place, "a", "w,dog; cat,dog; cat,0.9,0.8\nx,,,0.1,0.2\n", "seed2_fold1");
  const auto run = saved_predictions(place / "a");
  CHECK(run.clips[0].predicted == "dog; cat");
  CHECK(run.clips[1].predicted == "");
  CHECK(run.correct() == 2);
}

TEST_CASE("folders without predictions and damaged ones are refused by name", "[evaluation]") {
  const testing::TempFolder place;
  CHECK_THROWS_AS(saved_predictions(place / "gone"), UsageError);
  make_folder(place / "swept/sweep/001");
  CHECK_THROWS_WITH(saved_predictions(place / "swept"), Contains("name one member"));
  CHECK_THROWS_WITH(saved_predictions(run_with(place, "a", "w,dog,dog,many,0.1\n")),
                    Contains("row 2") && Contains("many"));
  CHECK_THROWS_AS(saved_predictions(run_with(place, "b", "")), DataError);
  write_file_atomically(place / "b/predictions.csv", "a,b,c,d\n1,2,3,4\n");
  CHECK_THROWS_WITH(saved_predictions(place / "b"), Contains("clip, truth, predicted"));
}

// SPDX-License-Identifier: Apache-2.0
#include "apps/small_place.h"
#include "support/files.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace soundfold;
using Catch::Contains;

TEST_CASE("evaluator --compare sets two runs side by side, and refuses runs over other clips", "[apps]") {
  const testing::SmallPlace place;
  const auto a = place.train("1", "5").string(), b = place.train("1", "6").string();
  const auto json =
      nlohmann::json::parse(place.run("evaluator", {"--compare", a, b, "--page", "compared.html", "--json"}));
  CHECK(json["clips"] == 2);
  REQUIRE(json["pairs"].size() == 1);
  const auto& pair = json["pairs"][0];
  CHECK(pair["both_right"].get<int>() + static_cast<int>(pair["only_first"].size()) +
            static_cast<int>(pair["only_second"].size()) + static_cast<int>(pair["neither"].size()) ==
        2);
  const auto result = nlohmann::json::parse(read_file(std::filesystem::path(a) / "result.json"));
  CHECK(json["runs"][0]["accuracy"] == result["test"]["clips"]["accuracy"]);
  CHECK_THAT(read_file(place / "compared.html"), Contains("Runs compared") && Contains("McNemar"));
  CHECK_THAT(place.run("evaluator", {"--compare", a, b}), Contains("1 less 2: ") && Contains("paired bootstrap"));

  place.run("trainer",
            {"--config", "a.yaml", "--set", "folds.test=[4]", "--set", "folds.validation=[5]", "--threads", "1"});
  const auto refused = testing::run("evaluator", {"--compare", a, "experiments/a/latest"}, place.path());
  CHECK(refused.exit_code == 2);
  CHECK_THAT(refused.err, Contains("different clips") && Contains("0 of them the same"));
  const auto alone = testing::run("evaluator", {"--compare", a}, place.path());
  CHECK(alone.exit_code == 2);
  const auto mixed = testing::run("evaluator", {"--compare", a, b, "--split", "test"}, place.path());
  CHECK(mixed.exit_code == 2);
}

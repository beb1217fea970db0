// SPDX-License-Identifier: Apache-2.0
#include "config/sweep.h"

#include "config/load.h"
#include "config/parsed.h"
#include "config/print.h"
#include "support/errors.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <set>

using namespace soundfold;
using Catch::Contains;
using testing::parse;

namespace {

std::vector<std::vector<std::string>> settings_of(const config::Experiment& experiment) {
  std::vector<std::vector<std::string>> settings;
  for (const auto& member : config::sweep_members(experiment)) settings.push_back(member.settings);
  return settings;
}

const std::string kRandom =
    "sweep:\n"
    "  samples: 40\n"
    "  random:\n"
    "    optimizer.learning_rate: {low: 1e-4, high: 1e-2, log: true}\n"
    "    training.batch_size: {low: 8, high: 11}\n"
    "    head.pooling: [mean, attention]\n";

}  // namespace

TEST_CASE("a grid holds every combination, the last key fastest", "[config]") {
  const auto e = parse("sweep:\n  values:\n    head.dropout: [0, 0.5]\n    head.hidden: [[512], [], [64, 32]]\n");
  CHECK(config::sweep_keys(e.sweep) == std::vector<std::string>{"head.dropout", "head.hidden"});
  CHECK(settings_of(e) ==
        std::vector<std::vector<std::string>>{
            {"0", "[512]"}, {"0", "[]"}, {"0", "[64, 32]"}, {"0.5", "[512]"}, {"0.5", "[]"}, {"0.5", "[64, 32]"}});
  const auto last = config::member_experiment(e, config::sweep_members(e).back());
  CHECK(last.head.dropout == 0.5);
  CHECK(last.head.hidden == std::vector<std::int64_t>{64, 32});
  CHECK(last.sweep.empty());
  CHECK(e.sweep.metric == config::Metric::validation_clip_accuracy);
}

TEST_CASE("random draws keep their ranges and repeat with their seed", "[config]") {
  const auto e = parse(kRandom);
  const auto drawn = settings_of(e);
  CHECK(drawn == settings_of(parse(kRandom)));
  CHECK(drawn != settings_of(parse(kRandom, {"sweep.seed=2"})));
  CHECK(drawn == settings_of(parse(kRandom, {"seed=2"})));
  CHECK(drawn.size() == 40);
  std::set<std::string> batch_sizes, poolings;
  int below_middle = 0;
  for (const auto& row : drawn) {
    const double rate = std::stod(row[0]);
    CHECK(rate >= 1e-4);
    CHECK(rate <= 1e-2);
    below_middle += rate < 1e-3 ? 1 : 0;  // the middle of the logarithm
    batch_sizes.insert(row[1]);
    poolings.insert(row[2]);
  }
  CHECK(below_middle > 8);
  CHECK(below_middle < 32);
  CHECK(batch_sizes == std::set<std::string>{"8", "9", "10", "11"});
  CHECK(poolings == std::set<std::string>{"mean", "attention"});
}

TEST_CASE("each point of a grid gets the same draws, and no member is tried twice", "[config]") {
  const auto e =
      parse("sweep: {samples: 9, values: {head.hidden: [[], [8]]}, random: {head.pooling: [mean, attention]}}\n");
  CHECK(settings_of(e).size() == 4);
  const auto both = parse("sweep: {samples: 3, values: {seed: [1, 2]}, random: {head.dropout: {low: 0, high: 0.9}}}");
  const auto rows = settings_of(both);
  REQUIRE(rows.size() == 6);
  for (std::size_t i = 0; i < 3; ++i) CHECK(rows[i][1] == rows[i + 3][1]);
}

TEST_CASE("a printed sweep reads back to the same one", "[config]") {
  const auto e = parse(kRandom + "  values:\n    head.hidden: [[512], []]\n  metric: validation_loss\n");
  const auto printed = config::to_yaml(e);
  const auto again = config::parse_experiment(printed, "printed");
  CHECK(config::to_yaml(again) == printed);
  CHECK(settings_of(again) == settings_of(e));
  CHECK(again.sweep.metric == config::Metric::validation_loss);
}

TEST_CASE("each mistake in a sweep is named by its line", "[config]") {
  const auto in_values = [](const std::string& line) { return "seed: 1\nsweep:\n  values:\n    " + line + "\n"; };
  CHECK_THROWS_WITH(parse(in_values("head.droput: [0]")),
                    Contains("a.yaml:4: unknown key head.droput; did you mean head.dropout?"));
  CHECK_THROWS_WITH(parse(in_values("head.dropout: [0, 1.5]")),
                    Contains("a.yaml:4: head.dropout: must be a number, 0 to 0.99; given: 1.5"));
  CHECK_THROWS_WITH(parse(in_values("head.dropout: 0.5")), Contains("a.yaml:4") && Contains("a list of values"));
  CHECK_THROWS_WITH(parse(in_values("head.hidden: [wide]")),
                    Contains("must be a list of whole numbers, 1 to 65536; given: wide"));
  CHECK(settings_of(parse(in_values("head.hidden: [512]"))) == std::vector<std::vector<std::string>>{{"[512]"}});
  for (const std::string key :
       {"name", "data.root", "folds.train", "run.threads", "store.folder", "protocol.repeats"}) {
    CHECK_THROWS_WITH(parse(in_values(key + ": [1]")), Contains("a.yaml:4: sweep: " + key + " cannot be swept"));
  }
  const auto in_random = [](const std::string& line) { return "sweep:\n  samples: 2\n  random:\n    " + line + "\n"; };
  CHECK_THROWS_WITH(parse(in_random("head.dropout: {low: 0.5, high: 0.1}")),
                    Contains("a.yaml:4") && Contains("low below high"));
  CHECK_THROWS_WITH(parse(in_random("head.dropout: {low: 0, high: 0.1, log: true}")), Contains("above 0 with log"));
  CHECK_THROWS_WITH(parse(in_random("head.dropout: {low: 0, high: 2}")), Contains("given: 2"));
  CHECK_THROWS_WITH(parse(in_random("head.pooling: {low: 0, high: 2}")), Contains("a range is for numbers"));
  CHECK_THROWS_WITH(parse(in_random("head.dropout: {low: 0, hgh: 0.5}")), Contains("low, high and log"));
}

TEST_CASE("a sweep looks at validation values only, and needs some", "[config]") {
  const std::string values = "sweep:\n  values: {head.dropout: [0, 0.5]}\n";
  CHECK_THROWS_WITH(parse(values + "  metric: test_accuracy\n"),
                    Contains("a.yaml:3: sweep.metric") && Contains("never a test"));
  CHECK_THROWS_WITH(parse(values + "  metrik: validation_loss\n"), Contains("did you mean sweep.metric?"));
  CHECK_THROWS_WITH(
      parse(values + "folds: {validation: []}\n"),
      Contains("sweep.metric: validation_clip_accuracy needs validation clips: folds.validation is empty"));
  CHECK_THROWS_WITH(parse(values + "protocol: {type: cross_validation}\n"), Contains("set it to previous or next"));
  CHECK_NOTHROW(parse(values + "protocol: {type: cross_validation, validation: next}\n"));
  CHECK_THROWS_WITH(parse("sweep: {samples: 3, values: {seed: [1]}}"), Contains("goes with random"));
  CHECK_THROWS_WITH(parse("sweep: {random: {seed: [1]}}"), Contains("random needs it"));
  CHECK_THROWS_WITH(parse("sweep: {metric: validation_loss}"), Contains("nothing to try"));
  CHECK_THROWS_WITH(parse("sweep: [1]"), Contains("must be a map"));
  CHECK_THROWS_WITH(parse("sweep: {samples: 0, random: {seed: [1]}}"), Contains("1 to 10000; given: 0"));
  CHECK_THROWS_WITH(parse("sweep: {values: {seed: [1, 2], training.epochs: [0]}}"), Contains("training.epochs"));
  CHECK_THROWS_WITH(parse("sweep: {values: {objective.class_weights: [none, given]}}"),
                    Contains("class_weights: given"));
  CHECK(parse(values, {"sweep={}"}).sweep.empty());
  CHECK_THROWS_WITH(parse("", {"sweep.samples=3"}), Contains("unknown key sweep.samples"));
}

TEST_CASE("cross-validation's rules between keys", "[config]") {
  const std::string cv = "protocol: {type: cross_validation, ";
  CHECK_THROWS_WITH(parse(cv + "folds: [1, 4, 1]}"), Contains("appears twice"));
  CHECK_THROWS_WITH(parse(cv + "validation: none}\nearly_stopping: {monitor: validation_loss}"),
                    Contains("needs validation clips: protocol.validation is none; set it to previous or next"));
  CHECK_NOTHROW(parse(cv + "validation: next}\nearly_stopping: {monitor: validation_loss}"));
  CHECK_THROWS_WITH(parse(cv + "validation: before}"), Contains("one of none, previous, next"));
  CHECK_THROWS_WITH(parse(cv + "validation: next, final_model: all_folds}\nschedule: {type: reduce_on_plateau}\n"
                               "early_stopping: {monitor: validation_loss}"),
                    Contains("protocol.final_model"));
}

// SPDX-License-Identifier: Apache-2.0
#include "config/load.h"
#include "config/print.h"
#include "protocols/run.h"
#include "protocols/summary.h"
#include "protocols/tiny_place.h"
#include "runs/result.h"
#include "support/files.h"

#include <catch2/catch.hpp>

#include <filesystem>

using namespace soundfold;
using Catch::Contains;
namespace fs = std::filesystem;

namespace {

nlohmann::json numbers_of_page(const fs::path& file) {
  const auto html = read_file(file);
  const std::string start = "id=\"numbers\">";
  const auto from = html.find(start) + start.size();
  return nlohmann::json::parse(html.substr(from, html.find("</script>", from) - from));
}

/// A tiny place whose network stays as it is.
struct FrozenPlace : testing::TinyPlace {
  FrozenPlace() { experiment.head.hidden = {8}; }
};

config::Experiment cross_validated(config::Experiment experiment) {
  experiment.protocol.type = config::ProtocolType::cross_validation;
  experiment.protocol.repeats = 2;
  experiment.folds = {};
  return experiment;
}

}  // namespace

TEST_CASE("the page of a fixed run agrees with result.json to the last digit", "[report_data]") {
  const FrozenPlace place;
  const auto result = protocols::run_experiment(place.experiment, {});
  const auto stored = runs::unsealed(read_file(result.folder / "result.json"));
  const auto numbers = numbers_of_page(result.folder / "report.html");
  CHECK(numbers.at("evaluation") == stored.at("test"));
  std::int64_t right = 0;
  for (const auto& clip : numbers.at("clips")) right += clip.at("truth") == clip.at("predicted") ? 1 : 0;
  CHECK_THAT(read_file(result.folder / "report.html"),
             Contains("id=\"audit\"") && Contains("Near duplicates") && !Contains("DC offset"));
  CHECK(right == stored.at("test").at("clips").at("correct"));
  CHECK(numbers.at("rounds")[0].at("best_epoch") == stored.at("best_epoch"));
  CHECK(numbers.at("rounds")[0].at("epochs").size() == 3);
  CHECK(numbers.at("rounds")[0].at("epochs").back().at("loss") == stored.at("last_epoch").at("loss"));
  const auto& baselines = stored.at("baselines");
  CHECK(baselines.front().at("kind") == "majority_class");
  CHECK(numbers.at("baselines").back().at("correct") == baselines.back().at("correct"));
  CHECK(numbers.at("baselines").size() + 1 == baselines.size());
  const auto summary = protocols::summary_text(result);
  const auto line = "Report: file://" + (result.folder / "report.html").string() + "\n";
  REQUIRE(summary.size() > line.size());
  CHECK(summary.substr(summary.size() - line.size()) == line);
}

TEST_CASE("the page of a cross-validation has all folds and seeds, as result.json has", "[report_data]") {
  const FrozenPlace place;
  const auto result = protocols::run_experiment(cross_validated(place.experiment), {});
  const auto numbers = numbers_of_page(result.folder / "report.html");
  CHECK(numbers.at("evaluation") == result.json.at("pooled"));
  CHECK(numbers.at("rounds").size() == result.json.at("rounds").size());
  CHECK(static_cast<std::int64_t>(numbers.at("clips").size()) ==
        result.json.at("pooled").at("clips").at("sample_count"));
  CHECK_THAT(protocols::summary_text(result),
             Contains("\nReport: file://") && Contains("\nuntrained: always ") && Contains("\nmodel on all folds, "));
  CHECK(fs::exists(result.folder / "model.pt"));
}

TEST_CASE("a sweep's page has its members", "[report_data]") {
  const FrozenPlace place;
  const auto experiment = config::parse_experiment(
      config::to_yaml(place.experiment) + "sweep:\n  values:\n    optimizer.learning_rate: [0.01, 0.0001]\n",
      "tiny.yaml");
  const auto result = protocols::run_experiment(experiment, {});
  const auto sweep = numbers_of_page(result.folder / "report.html").at("sweep");
  REQUIRE(sweep.at("members").size() == 2);
  CHECK(sweep.at("members")[0].at("value") == result.json.at("sweep").at("members")[0].at("value"));
}

TEST_CASE("no page when it is not wanted; a missing one is written again; the result does not depend on it",
          "[report_data]") {
  FrozenPlace place;
  place.experiment.report.enabled = false;
  const auto without = protocols::run_experiment(place.experiment, {});
  CHECK_FALSE(fs::exists(without.folder / "report.html"));
  CHECK(protocols::summary_text(without).find("Report:") == std::string::npos);
  place.experiment.report.enabled = true;
  runs::RunOptions options;
  options.skip_finished = true;
  const auto again = protocols::run_experiment(place.experiment, options);
  CHECK(again.was_finished);
  CHECK(again.folder == without.folder);
  CHECK(numbers_of_page(again.folder / "report.html").at("evaluation") == again.json.at("test"));
}

TEST_CASE("a page that cannot be written leaves the run finished", "[report_data]") {
  FrozenPlace place;
  place.experiment.report.enabled = false;
  const auto result = protocols::run_experiment(place.experiment, {});
  fs::create_directory(result.folder / "report.html");
  write_file_atomically(result.folder / "report.html/in_the_way", "");
  place.experiment.report.enabled = true;
  runs::RunOptions options;
  options.skip_finished = true;
  const auto again = protocols::run_experiment(place.experiment, options);
  CHECK(again.was_finished);
  CHECK(fs::is_directory(again.folder / "report.html"));
  CHECK(protocols::summary_text(again).find("Report:") == std::string::npos);
}

TEST_CASE("without test clips the page shows the validation clips and says so", "[report_data]") {
  FrozenPlace place;
  place.experiment.folds.test = {};
  const auto result = protocols::run_experiment(place.experiment, {});
  const auto html = read_file(result.folder / "report.html");
  CHECK_THAT(html, Contains("<b>No test split: these are the validation clips</b>") &&
                       Contains(" of 4 validation clips right") && Contains("id=\"confusion\""));
  const auto numbers = numbers_of_page(result.folder / "report.html");
  CHECK(numbers.at("evaluation") == result.json.at("validation"));
  CHECK(numbers.at("clips").size() == 4);
  CHECK(result.json.at("test").is_null());
  CHECK_THAT(protocols::summary_text(result), Contains("  no test       validation clips right ") &&
                                                  Contains("; the training may have chosen its epoch by them"));
  CHECK_THAT(read_file(result.folder / "report.txt"), Contains("No test split") && Contains("\nUntrained: always "));
}

TEST_CASE("without test and validation clips the page says so", "[report_data]") {
  FrozenPlace place;
  place.experiment.folds.test = {};
  place.experiment.folds.validation = {};
  const auto result = protocols::run_experiment(place.experiment, {});
  const auto html = read_file(result.folder / "report.html");
  CHECK_THAT(html, Contains("There were no test clips") && Contains("id=\"curves\"") && Contains("id=\"map\""));
}

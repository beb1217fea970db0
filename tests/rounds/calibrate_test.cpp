// SPDX-License-Identifier: Apache-2.0
#include "rounds/calibrate.h"

#include "protocols/synthetic_folds.h"

#include <catch2/catch.hpp>

using namespace soundfold;
using Catch::Contains;

namespace {

rounds::CalibrationResult calibrated(double noise) {
  const auto prepared = testing::make_fixed(4, 15, noise);
  auto experiment = testing::small_cross_validation();
  experiment.protocol = {};
  experiment.calibration.thresholds = true;
  experiment.training.epochs = 20;
  training::TrainerOptions quiet;
  quiet.progress = false;
  auto outcome =
      training::train(training::training_settings(experiment), prepared.sets.train, prepared.sets.validation, 3, quiet);
  return rounds::calibrate(experiment, outcome, prepared);
}

}  // namespace

TEST_CASE("a calibration says in one line what it changed", "[rounds]") {
  const nlohmann::json temperature = {{"temperature", 1.37},
                                      {"test",
                                       {{"before", {{"loss", 0.022}, {"calibration_error", 0.02}}},
                                        {"after", {{"loss", 0.04}, {"calibration_error", 0.035}}}}}};
  CHECK(rounds::calibration_effect(temperature) ==
        "temperature 1.3700 changes no answer; test clips: loss 0.0220 -> 0.0400, calibration error 0.0200 -> 0.0350");
  auto thresholds = temperature;
  thresholds["thresholds"] = {{"dog", 0.4}};
  thresholds["validation"] = thresholds["test"];
  thresholds.erase("test");
  for (const auto* when : {"before", "after"}) {
    thresholds["validation"][when]["accuracy"] = 0.9375;
    thresholds["validation"][when]["macro_f1"] = 0.825;
  }
  CHECK_THAT(
      rounds::calibration_effect(thresholds),
      Contains("a threshold for each class; validation clips, on which they were fitted: accuracy 93.75 -> 93.75 "
               "%, macro F1 0.8250 -> 0.8250, loss 0.0220 -> 0.0400"));
  CHECK(rounds::calibration_effect(nullptr).empty());
  CHECK(rounds::calibration_warning(nullptr).empty());

  auto other = temperature;
  other["temperature"] = 1.63;
  other["note"] = "text has no mean";
  other["test"]["before"]["loss"] = nullptr;  // not measured
  auto rounds = nlohmann::json::array();
  for (const auto& calibration : {temperature, other, nlohmann::json()}) {
    nlohmann::json round;
    round["calibration"] = calibration;
    rounds.push_back(round);
  }
  const auto mean = rounds::mean_calibration(rounds);
  CHECK(mean["temperature"].get<double>() == Approx(1.5));
  CHECK(mean["test"]["before"]["loss"].get<double>() == Approx(0.022));
  CHECK(rounds::rounds_calibration_text(mean) ==
        "calibration, mean of the rounds: temperature 1.5000 changes no answer; test clips: loss 0.0220 -> 0.0400, "
        "calibration error 0.0200 -> 0.0350\n");
  CHECK(rounds::mean_calibration(nlohmann::json::array({rounds.back()})).is_null());
}

TEST_CASE("thresholds that made the test worse are told, and no others", "[rounds]") {
  for (const double noise : {2.0, 3.0, 4.0, 5.0, 6.0}) {
    const auto result = calibrated(noise);
    CAPTURE(noise, result.text);
    const auto& test = result.json.at("test");
    const auto before = test.at("before").at("macro_f1").get<double>(),
               after = test.at("after").at("macro_f1").get<double>();
    const auto warning = rounds::calibration_warning(result.json);
    CHECK(warning.empty() == !(after < before));
    CHECK((result.text.find("\nWarning: ") == std::string::npos) == warning.empty());
    CHECK_THAT(result.text, Contains("\nEffect: temperature "));
    const auto& validation = result.json.at("validation");
    CHECK(validation.at("after").at("macro_f1") >= validation.at("before").at("macro_f1"));
    CHECK(validation.at("clips") == 15);
    if (warning.empty()) continue;
    CHECK_THAT(warning, Contains("of the test clips worse") && Contains("chosen on 15 validation clips"));
  }
}

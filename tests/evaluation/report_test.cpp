// SPDX-License-Identifier: Apache-2.0
#include "evaluation/report.h"

#include "evaluation/text_report.h"
#include "support/errors.h"
#include "text/csv.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <random>
#include <sstream>

using namespace soundfold;
using namespace soundfold::evaluation;

namespace {

/// `clips` clips over the classes, most of them right.
Predictions made_up(std::size_t clips, std::size_t classes, bool multi_label = false) {
  std::mt19937 random(4);
  std::normal_distribution<float> normal(0, 1);
  Predictions p;
  p.class_count = static_cast<std::int64_t>(classes);
  p.multi_label = multi_label;
  for (std::size_t i = 0; i < clips; ++i) {
    for (std::size_t k = 0; k < classes; ++k) {
      p.logits.push_back(normal(random) + (k == i % classes ? 2.0F : multi_label ? -1.0F : 0.0F));
    }
    p.labels.push_back({static_cast<std::int64_t>(i % classes)});
  }
  return p;
}

std::vector<std::string> ids(std::size_t count, const std::string& folder = "") {
  std::vector<std::string> result;
  for (std::size_t i = 0; i < count; ++i) result.push_back(folder + "clip-" + std::to_string(i) + ".wav");
  return result;
}

std::vector<std::string> long_names(std::size_t count) {
  std::vector<std::string> result;
  for (std::size_t k = 0; k < count; ++k) {
    result.push_back("Geräusch " + std::to_string(k) + " of something with a name that is much too long for a column");
  }
  return result;
}

std::size_t widest_line(const std::string& text) {
  std::istringstream lines(text);
  std::size_t widest = 0;
  for (std::string line; std::getline(lines, line);) {
    const auto characters = std::count_if(line.begin(), line.end(),
                                          [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; });
    widest = std::max(widest, static_cast<std::size_t>(characters));
  }
  return widest;
}

std::string report_for(std::size_t classes) {
  const auto clips = made_up(classes * 8, classes), windows = made_up(classes * 80, classes);
  return text_report(
      evaluate(clips, windows, ids(classes * 8, "a/very/long/folder/name/of/recordings/"), long_names(classes)));
}

}  // namespace

TEST_CASE("the text report fits 100 columns for any number of classes", "[evaluation]") {
  for (const std::size_t classes : {1, 2, 10, 20, 21, 50}) {
    const auto text = report_for(classes);
    INFO(text);
    CHECK(widest_line(text) <= 100);
    CHECK((text.find("column: prediction") != std::string::npos) == (classes <= 20));
  }
}

TEST_CASE("the text report says what the metrics say", "[evaluation]") {
  Predictions p;
  p.class_count = 2;
  p.logits = {2, 0, 0, 2, 3, 0};
  p.labels = {{0}, {1}, {1}};
  const auto text = text_report(evaluate(p, p, {"woof.wav", "miaow.wav", "hiss.wav"}, {"dog", "cat"}));
  INFO(text);
  CHECK(text.find("66.67 % (2/3)") != std::string::npos);
  CHECK_THAT(text, Catch::Contains("Clips right: 95 % interval 20.8 to 93.9 % (Wilson).\n"));
  const auto of_several_seeds =
      text_report(evaluate(p, p, {"woof.wav", "miaow.wav", "hiss.wav"}, {"dog", "cat"}), 10, /*each_clip_once=*/false);
  CHECK_THAT(of_several_seeds, Catch::Contains("66.67 % (2/3)") && !Catch::Contains("interval"));
  CHECK(text.find("1 of 1") != std::string::npos);
  // sigmoid(3) = 0.953
  CHECK(text.find("hiss.wav") != std::string::npos);
  CHECK(text.find("0.953") != std::string::npos);
  CHECK(text.find("woof.wav") == std::string::npos);
}

TEST_CASE("mistakes come the most confident first and are cut to the wanted number", "[evaluation]") {
  Predictions p;
  p.class_count = 2;
  p.logits = {1, 0, 3, 0, 2, 0, 0, 1};
  p.labels = {{1}, {1}, {1}, {1}};
  const auto e = evaluate(p, p, ids(4), {"dog", "cat"});
  REQUIRE(e.mistakes.size() == 3);
  CHECK(e.mistakes[0].clip_id == "clip-1.wav");
  CHECK(e.mistakes[1].clip_id == "clip-2.wav");
  CHECK(e.mistakes[2].clip_id == "clip-0.wav");
  CHECK(e.mistakes[0].truth == "cat");
  CHECK(e.mistakes[0].predicted == "dog");
  CHECK(e.mistakes[0].probability == Approx(1 / (1 + std::exp(-3.0))));
  const auto text = text_report(e, 2);
  CHECK(text.find("2 of 3") != std::string::npos);
  CHECK(text.find("clip-0.wav") == std::string::npos);
}

TEST_CASE("multi-label mistakes name the sets and the worst decision", "[evaluation]") {
  Predictions p;
  p.class_count = 3;
  p.multi_label = true;
  p.logits = {1, 2, -3, -1, -1, -1};
  p.labels = {{0, 2}, {}};
  const auto e = evaluate(p, p, ids(2), {"dog", "cat", "rain"});
  REQUIRE(e.mistakes.size() == 1);
  CHECK(e.mistakes[0].truth == "dog; rain");
  CHECK(e.mistakes[0].predicted == "dog; cat");
  // Wrong: cat given at sigmoid(2) = 0.881, rain denied at 1 - sigmoid(-3) = 0.953.
  CHECK(e.mistakes[0].probability == Approx(0.9525741).epsilon(1e-6));
  CHECK(widest_line(text_report(e)) <= 100);
}

TEST_CASE("the JSON report carries everything, undefined values as null", "[evaluation]") {
  Predictions p;
  p.class_count = 3;
  p.logits = {2, 0, 0, 0, 2, 0, 3, 0, 0};
  p.labels = {{0}, {1}, {1}};
  const auto e = evaluate(p, p, ids(3), {"dog", "cat", "none of it"});
  const auto json = nlohmann::json::parse(json_report(e).dump());
  CHECK(json["clips"]["sample_count"] == 3);
  CHECK(json["clips"]["accuracy"].get<double>() == Approx(2.0 / 3));
  CHECK(json["clips"]["confusion"] == nlohmann::json({{1, 0, 0}, {1, 1, 0}, {0, 0, 0}}));
  CHECK(json["clips"]["classes"][1]["name"] == "cat");
  CHECK(json["clips"]["classes"][1]["recall"].get<double>() == Approx(0.5));
  CHECK(json["clips"]["classes"][2]["average_precision"].is_null());
  CHECK(json["windows"]["loss"].get<double>() == Approx(e.windows.loss));
  CHECK(json["mistakes"][0]["clip"] == "clip-2.wav");
  CHECK(json["class_names"].size() == 3);
}

TEST_CASE("the CSV of predictions keeps commas, quotes, line breaks and accents", "[evaluation]") {
  const std::vector<std::string> classes = {"dog, large", "cat \"Mieze\"", "Geräusch\nzwei"};
  const std::vector<std::string> clips = {"a,b.wav", "plain.wav", "quote\".wav"};
  auto p = made_up(3, 3);
  const auto table = CsvTable::parse(predictions_csv(p, clips, classes), "predictions.csv");
  REQUIRE(table.row_count() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(table.at(i, "clip") == clips[i]);
    CHECK(table.at(i, "truth") == classes[i]);
    double sum = 0;
    for (const auto& name : classes) sum += std::stod(table.at(i, name));
    CHECK(sum == Approx(1).margin(2e-6));
  }
  const auto expected = probabilities(&p.logits[3], 3, false);
  CHECK(std::stod(table.at(1, classes[2])) == Approx(expected[2]).margin(1e-6));
  CHECK_THROWS_AS(predictions_csv(p, {"one.wav"}, classes), UsageError);
}

TEST_CASE("probabilities are written with six significant digits, small ones too", "[evaluation]") {
  Predictions p;
  p.class_count = 2;
  p.logits = {0.0F, 15.0F};  // softmax: 1 / (1 + e^15) = 3.0590222692562472e-07 and 0.99999969409777...
  p.labels = {{1}};
  const auto table = CsvTable::parse(predictions_csv(p, {"a.wav"}, {"x", "y"}), "predictions.csv");
  CHECK(std::stod(table.at(0, "x")) == Approx(3.05902e-07).epsilon(1e-9));
  CHECK(table.at(0, "y") == "1.0");
}

TEST_CASE("silent windows are told apart in the report", "[evaluation]") {
  Predictions clips, windows;
  clips.class_count = windows.class_count = 2;
  clips.logits = {2, 0, 0, 2};
  clips.labels = {{0}, {1}};
  windows.logits = {2, 0, 0, 1, 0, 2, 1, 0};  // right, wrong, right, wrong
  windows.labels = {{0}, {0}, {1}, {1}};
  auto e = evaluate(clips, windows, {"woof.wav", "miaow.wav"}, {"dog", "cat"});
  CHECK_THAT(text_report(e), Catch::Contains("Windows are judged one by one") && !Catch::Contains("silent"));
  add_sounding_windows(e, windows, {-20, -20, -20, -20});
  CHECK(!e.sounding_windows);
  CHECK(!json_report(e).contains("sounding_windows"));
  add_sounding_windows(e, windows, {-59.9F, -60.1F, -20, -100});
  REQUIRE(e.sounding_windows);
  CHECK(json_report(e)["sounding_windows"]["correct"] == 2);
  CHECK(json_report(e)["sounding_windows"]["sample_count"] == 2);
  CHECK_THAT(text_report(e),
             Catch::Contains("Of those with sound 100.00 % (2/2) are right; 2 are silent (below -60 dBFS)."));
  CHECK(widest_line(text_report(e)) <= 100);
  CHECK_THROWS_AS(add_sounding_windows(e, windows, {0}), UsageError);
}

TEST_CASE("metrics are read back from the report for machines", "[evaluation]") {
  auto clips = made_up(40, 4);
  clips.class_count = 4;
  const auto names = std::vector<std::string>{"a", "b", "c", "d"};
  for (auto& labels : clips.labels) {
    if (labels[0] == 3) labels[0] = 2;  // a class without positives: NaN
  }
  const auto e = evaluate(clips, clips, ids(40), names);
  const auto read = metrics_from_json(nlohmann::json::parse(json_report(e).dump()).at("clips"));
  CHECK(read.sample_count == 40);
  CHECK(read.correct == e.clips.correct);
  CHECK(read.accuracy == e.clips.accuracy);
  CHECK(read.loss == e.clips.loss);
  CHECK(read.calibration_error == e.clips.calibration_error);
  CHECK(read.mean_roc_auc == e.clips.mean_roc_auc);
  CHECK(read.confusion == e.clips.confusion);
  REQUIRE(read.classes.size() == 4);
  CHECK(read.classes[1].name == "b");
  CHECK(read.classes[1].average_precision == e.clips.classes[1].average_precision);
  CHECK(std::isnan(read.classes[3].roc_auc));
  CHECK_THROWS_AS(metrics_from_json({{"accuracy", 1}}), DataError);
  CHECK_THROWS_AS(metrics_from_json(nullptr), DataError);
}

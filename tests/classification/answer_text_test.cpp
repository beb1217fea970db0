// SPDX-License-Identifier: Apache-2.0
#include "classification/answer_text.h"

#include "classification/fake_classifier.h"

#include <catch2/catch.hpp>

using namespace soundfold;
using namespace soundfold::classification;

namespace {

const std::vector<double> kFound = {0.2, 0.7, 0.1};

/// The answer to a clip of 1.5 s with two windows, the second silent.
std::string answered(const runtime::Classifier& classifier, const AnswerOptions& options, bool silent = false) {
  AnswerText text(classifier, options, "a, b.wav");
  text.add({0, 0.96, kFound, -20.04F, false});
  text.add({0.48, 1.44, kFound, -90, true});
  return text.finish({1.5, kFound, -20.04F, silent});
}

}  // namespace

TEST_CASE("answers as text are the classes, the most probable first", "[classification]") {
  testing::FakeClassifier classifier;
  AnswerOptions options;
  options.top = 2;
  CHECK(answered(classifier, options) == "a, b.wav: cat, large 0.700, dog 0.200\n");
  CHECK(answered(classifier, options, true) == "a, b.wav: silence\n");
  classifier.closed = true;
  options.top = 1;
  CHECK(answered(classifier, options) == "a, b.wav: cat, large 0.700 (of these classes)\n");
  CHECK(answered(classifier, options, true) == "a, b.wav: silence\n");
  options.timeline = true;
  CHECK(answered(classifier, options) ==
        "a, b.wav: cat, large 0.700 (of these classes)\n"
        "    0.00 to   0.96 s: cat, large 0.700\n"
        "    0.48 to   1.44 s: silence\n");
}

TEST_CASE("answers as CSV are rows of one form, also where there is no class", "[classification]") {
  const testing::FakeClassifier classifier;
  AnswerOptions options;
  options.format = AnswerFormat::csv;
  options.top = 2;
  CHECK(std::string(kAnswerCsvHeader) == "file,start_s,end_s,class,probability");
  CHECK(answered(classifier, options) ==
        "\"a, b.wav\",0.00,1.50,\"cat, large\",0.700000\n\"a, b.wav\",0.00,1.50,dog,0.200000\n");
  CHECK(answered(classifier, options, true) == "\"a, b.wav\",0.00,1.50,silence,\n");
  options.timeline = true;
  options.top = 1;
  CHECK(answered(classifier, options) ==
        "\"a, b.wav\",0.00,0.96,\"cat, large\",0.700000\n\"a, b.wav\",0.48,1.44,silence,\n");
}

TEST_CASE("answers as JSON are one line a file", "[classification]") {
  const testing::FakeClassifier classifier;
  AnswerOptions options;
  options.format = AnswerFormat::json;
  options.timeline = true;
  const std::string line = answered(classifier, options);
  CHECK(line.find('\n') == line.size() - 1);
  const auto json = nlohmann::json::parse(line);
  CHECK(json["file"] == "a, b.wav");
  CHECK(json["seconds"] == 1.5);
  CHECK(json["level_dbfs"] == -20.0);
  CHECK(json["of_these_classes"] == false);
  CHECK(json["classes"][0] == nlohmann::json({{"class", "cat, large"}, {"probability", 0.7}}));
  REQUIRE(json["timeline"].size() == 2);
  CHECK(json["timeline"][1]["none"] == "silence");
  CHECK(json["timeline"][1]["start_s"] == 0.48);
}

TEST_CASE("without thresholds and gate every class is answered on request", "[classification]") {
  testing::FakeClassifier classifier;
  evaluation::DecisionRule rule;
  rule.thresholds = {0.9, 0.9, 0.9};
  classifier.decide_by(rule);
  AnswerOptions options;
  CHECK(answered(classifier, options) == "a, b.wav: nothing above its threshold\n");
  options.all = true;
  CHECK(answered(classifier, options, true) == "a, b.wav: cat, large 0.700, dog 0.200, rain 0.100\n");
}

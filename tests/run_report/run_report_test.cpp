// SPDX-License-Identifier: Apache-2.0
#include "run_report/run_report.h"

#include "run_report/made_up_input.h"
#include "support/errors.h"
#include "support/files.h"
#include "testing/markup.h"
#include "text/text.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <cstdlib>

using namespace soundfold::run_report;
using soundfold::testing::add_background;
using soundfold::testing::check_page;
using soundfold::testing::made_up_input;
using soundfold::testing::numbered_classes;
using soundfold::testing::numbers_of;
using soundfold::testing::occurrences;

namespace {

bool has(const std::string& html, const std::string& text) {
  return html.find(text) != std::string::npos;
}

}  // namespace

TEST_CASE("a page of dog and cat shows its numbers, and is small", "[run_report]") {
  auto input = made_up_input(16, {"dog", "cat"}, 5);
  add_background(input);
  input.rounds = {
      {"training", 16, 12, {{1, 0.7, 0.5, 0.6, 0.6}, {2, 0.4, 0.8, 0.5, 0.7}, {3, 0.3, 0.9, 0.5, 0.7}}, 2, 3}};
  input.facts = {{"model", "0123abcd"}};
  input.commands = {"trainer --config config.yaml"};
  input.configuration = "name: \"<b>\"\ntraining:\n  epochs: 3\n";
  const auto html = run_report(input);
  check_page(html);
  CHECK(html.size() < 1'500'000);
  const auto& metrics = input.metrics;
  CHECK(has(html, "<p class=\"big\">75.00 %</p>"));  // 12 of 16; clips 0, 5, 10, 15 are wrong
  CHECK(has(html, "12 of 16 clips right; 95 % interval 50.50 % to 89.82 % (Wilson)"));
  CHECK(
      has(html, "always the largest class<br><span class=\"faint\"><bdi>dog</bdi></span></td><td class=\"n\">50.00 %"));
  for (const double value : {metrics.loss, metrics.macro_f1, metrics.mean_average_precision, metrics.mean_roc_auc,
                             metrics.calibration_error, metrics.classes[0].recall, metrics.classes[1].precision}) {
    CHECK(has(html, soundfold::fixed(value, 4)));
  }
  CHECK(has(html, "probability " + soundfold::fixed(input.clips[15].probabilities[0], 4)));
  CHECK(has(html, "All 4, the surest first"));
  CHECK(html.find("id=\"clip-15\"") < html.find("id=\"clip-10\""));
  CHECK(has(html, "best: epoch 2"));
  CHECK(has(html, "stopped early after epoch 3"));
  CHECK(has(html, "trainer --config config.yaml"));
  CHECK(has(html, "name: &quot;&lt;b&gt;&quot;\ntraining:\n  epochs: 3\n"));
  CHECK(occurrences(html, "data:image/png;base64,") == occurrences(html, "<article"));
  // For looking at it.
  if (const char* file = std::getenv("SOUNDFOLD_REPORT_SAMPLE")) soundfold::write_file_atomically(file, html);
}

TEST_CASE("each sound is in the page once, and what refers to it leads there", "[run_report]") {
  auto input = made_up_input(40, numbered_classes(4), 3);
  add_background(input);
  const auto html = run_report(input);
  check_page(html);
  // 14 mistakes, 8 unsure, 8 right ones: 30 cards. Each mistake may bring two neighbours more.
  CHECK(occurrences(html, "<article") == 30);
  CHECK(occurrences(html, "<audio") == occurrences(html, "data:audio/"));
  CHECK(occurrences(html, "<audio") > 30);
  CHECK(occurrences(html, "<audio") <= 30 + 28);
  CHECK(has(html, "Nearest in training (cosine): <a class=\"hear\" href=\"#sound-"));
  CHECK(has(html, "YAMNet's own classes: <bdi>Vehicle</bdi> 0.50, <bdi>Engine</bdi> 0.25"));
  CHECK(has(html, "YAMNet has no class of this name"));
  CHECK(has(html, "<a href=\"#cell-0-1\">"));
}

TEST_CASE("the page's block of numbers has the evaluation to the last digit", "[run_report]") {
  auto input = made_up_input(30, {"dog", "cat", "hen"}, 4);
  add_background(input);
  const auto numbers = numbers_of(run_report(input));
  CHECK(numbers.at("evaluation") == input.evaluation);
  CHECK(numbers.at("evaluation").at("clips").at("loss").get<double>() == input.metrics.loss);
  REQUIRE(numbers.at("clips").size() == 30);
  CHECK(numbers.at("clips")[4].at("probability").get<double>() == input.clips[4].probabilities[2]);
  CHECK(numbers.at("sounds")[7].at("x").get<double>() == input.sounds[7].x);
}

TEST_CASE("sounds are linked or left out when asked", "[run_report]") {
  const auto input = made_up_input(4, {"dog", "cat"}, 2);
  ReportOptions options;
  options.audio = ReportAudio::link;
  const auto linked = run_report(input, options);
  CHECK(has(linked, "src=\"file:///sounds/clip%200.wav\""));
  CHECK_FALSE(has(linked, "data:audio"));
  CHECK(has(linked, "media-src data: file:"));
  options.audio = ReportAudio::none;
  const auto silent = run_report(input, options);
  check_page(silent);
  CHECK(occurrences(silent, "<audio") == 0);
}

TEST_CASE("folds, seeds and a sweep have their parts", "[run_report]") {
  auto input = made_up_input(8, {"dog", "cat"}, 4);
  const std::vector<soundfold::charts::CurvePoint> epochs = {{1, 0.7, 0.5, 0.6, 0.6}, {2, 0.4, 0.8, 0.5, 0.7}};
  input.rounds = {{"seed 1, test fold 1", 4, 3, epochs, 2, 0}, {"seed 1, test fold 2", 4, 3, epochs, 1, 2}};
  input.round_summary = {{"Clips right", "mean 75.00 %"}};
  input.sweep = {{"head.hidden", "optimizer.type"},
                 "validation_accuracy",
                 {{"002", {"[512]", "adam"}, 0.9, ""}, {"001", {"[64]", "sgd"}, std::nan(""), "it <diverged>"}}};
  input.audit = [](const HearLink& hear) { return "<p>Twice: " + hear("clip 3.wav") + "</p>"; };
  const auto html = run_report(input);
  check_page(html);
  CHECK(has(html, "<bdi>seed 1, test fold 2</bdi>"));
  CHECK(has(html, "Clips right: mean 75.00 %"));
  CHECK(has(html, "it &lt;diverged&gt;"));
  CHECK(occurrences(html, "<polyline fill=\"none\" stroke=\"#440154\"") ==
        1);  // the best member, and the only finite one
  CHECK(has(html, "<p>Twice: <a class=\"hear\" href=\"#sound-3\">"));
}

TEST_CASE("several seeds: a sound is shown once, with how often it was wrong", "[run_report]") {
  auto input = made_up_input(6, {"dog", "cat"}, 3);
  for (std::size_t i = 3; i < 6; ++i) input.clips[i].sound = i - 3;
  for (std::size_t i = 0; i < 6; ++i) input.clips[i].round = i < 3 ? "seed 1" : "seed 2";
  const auto html = run_report(input);
  check_page(html);
  CHECK(has(html, "All 1 (clips; 2 wrong answers of all seeds)"));
  CHECK(has(html, "wrong in 2 of 2 answers"));
  CHECK(occurrences(html, "<article") == 3);
}

// SPDX-License-Identifier: Apache-2.0
#include "report/run_report.h"

#include "pictures/svg.h"
#include "support/errors.h"
#include "support/files.h"
#include "testing/markup.h"
#include "text/text.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <cstdlib>

using namespace soundfold::report;
using soundfold::testing::occurrences;
using soundfold::testing::xml_fault;

namespace {

/// `clips` clips over `classes`; every `wrong_every`-th is given the next class (0: none).
ReportInput made_up_input(std::size_t clips, const std::vector<std::string>& classes, std::size_t wrong_every) {
  ReportInput input;
  input.title = "made up";
  input.protocol = "Made-up clips.";
  input.class_names = classes;
  input.window_hop_seconds = 0.48;
  soundfold::evaluation::Predictions predictions;
  predictions.class_count = static_cast<std::int64_t>(classes.size());
  for (std::size_t i = 0; i < clips; ++i) {
    const auto truth = i % classes.size();
    const auto given = wrong_every > 0 && i % wrong_every == 0 ? (truth + 1) % classes.size() : truth;
    for (std::size_t k = 0; k < classes.size(); ++k) {
      predictions.logits.push_back(k == given ? 2.0F + 0.001F * static_cast<float>(i) : 0.0F);
    }
    predictions.labels.push_back({static_cast<std::int64_t>(truth)});
    const auto* row = predictions.row(static_cast<std::int64_t>(i));
    auto probabilities = soundfold::evaluation::probabilities(row, predictions.class_count, false);
    std::vector<std::vector<double>> windows(10, probabilities);
    input.clips.push_back({"clip " + std::to_string(i) + ".wav",
                           "/sounds/clip " + std::to_string(i) + ".wav",
                           {static_cast<std::int64_t>(truth)},
                           {static_cast<std::int64_t>(given)},
                           std::move(probabilities),
                           std::move(windows)});
  }
  input.metrics = soundfold::evaluation::compute_metrics(predictions, classes);
  input.sound = [](std::size_t index) {
    std::vector<float> samples(80'000);
    unsigned noise = 1;
    for (std::size_t i = 0; i < samples.size(); ++i) {
      noise = noise * 1'664'525u + 1'013'904'223u;
      const float beat = i % 16'000 < 6'000 ? 1.0F : 0.05F;
      samples[i] = beat * (0.3F * std::sin(static_cast<float>(i) * 0.05F * static_cast<float>(index % 5 + 1)) +
                           0.1F * (static_cast<float>(noise >> 8) / 8'388'608.0F - 1));
    }
    return samples;
  };
  return input;
}

std::vector<std::string> numbered_classes(std::size_t count) {
  std::vector<std::string> names;
  for (std::size_t k = 0; k < count; ++k) names.push_back("class " + std::to_string(k));
  return names;
}

/// Every <svg> of a page is well formed; nothing in it is fetched.
void check_page(const std::string& html) {
  for (auto at = html.find("<svg"); at != std::string::npos; at = html.find("<svg", at + 1)) {
    const auto end = html.find("</svg>", at);
    REQUIRE(end != std::string::npos);
    CHECK(xml_fault(html.substr(at, end + 6 - at)) == "");
  }
  for (const auto* address : {"src=\"http", "href=\"http", "url(", "@import", "src=\"//"}) {
    CHECK(html.find(address) == std::string::npos);
  }
  CHECK(occurrences(html, "<script") == 1);
  CHECK(occurrences(html, "<section") == occurrences(html, "</section>"));
  CHECK(occurrences(html, "<article") == occurrences(html, "</article>"));
  CHECK(occurrences(html, "<bdi") == occurrences(html, "</bdi>"));
}

}  // namespace

TEST_CASE("a page of dog and cat shows its numbers, and is small", "[report]") {
  auto input = made_up_input(16, {"dog", "cat"}, 5);
  input.epochs = {{1, 0.7, 0.5, 0.6, 0.6}, {2, 0.4, 0.8, 0.5, 0.7}, {3, 0.3, 0.9, 0.55, 0.7}};
  input.best_epoch = 2;
  input.folds = {{"fold 1", 8, 7}, {"fold 2", 8, 5}};
  input.facts = {{"model", "0123abcd"}};
  input.configuration = "name: \"<b>\"\ntraining:\n  epochs: 3\n";
  const auto html = run_report(input);
  check_page(html);
  CHECK(html.size() < 1'500'000);
  const auto& metrics = input.metrics;
  CHECK(html.find("<p class=\"big\">75.00 %</p>") != std::string::npos);  // 12 of 16; clips 0, 5, 10, 15 are wrong
  CHECK(html.find("12 of 16 clips right; 95 % interval 50.50 % to 89.82 % (Wilson)") != std::string::npos);
  CHECK(html.find("would give 50.00 %") != std::string::npos);
  for (const double value : {metrics.loss, metrics.macro_f1, metrics.mean_average_precision, metrics.mean_roc_auc,
                             metrics.calibration_error, metrics.classes[0].recall, metrics.classes[1].precision}) {
    CHECK(html.find(soundfold::fixed(value, 4)) != std::string::npos);
  }
  CHECK(html.find("probability " + soundfold::fixed(input.clips[15].probabilities[0], 4)) != std::string::npos);
  CHECK(html.find("All 4, the surest first") != std::string::npos);
  CHECK(html.find("clip-15") < html.find("id=\"clip-10\""));
  CHECK(html.find("best: epoch 2") != std::string::npos);
  CHECK(html.find("name: &quot;&lt;b&gt;&quot;\ntraining:\n  epochs: 3\n") != std::string::npos);
  CHECK(occurrences(html, "<audio") == occurrences(html, "<article"));
  CHECK(occurrences(html, "data:image/png;base64,") == occurrences(html, "<article"));
  // For looking at it.
  if (const char* file = std::getenv("SOUNDFOLD_REPORT_SAMPLE")) soundfold::write_file_atomically(file, html);
}

TEST_CASE("hostile classes, files and titles stay text on the page", "[report]") {
  auto input =
      made_up_input(6, {"<script>alert(1)</script>", "\"onload='x'\xE2\x80\xAE\xFF" + std::string(300, 'y')}, 2);
  input.title = "</title><script>";
  input.protocol = "<img src=x onerror=alert(1)>";
  input.clips[0].name = "\xFF\xFE</article><script>'\".wav";
  input.clips[2].name = std::string(300, 'n');
  const auto html = run_report(input);
  check_page(html);
  CHECK(html.find("<img") == std::string::npos);
  CHECK(html.find("\xE2\x80\xAE") == std::string::npos);
  CHECK(html.find('\xFF') == std::string::npos);
}

TEST_CASE("one class, no mistakes, no sound: a page that helps", "[report]") {
  auto input = made_up_input(3, {"dog"}, 0);
  input.sound = nullptr;
  const auto html = run_report(input);
  check_page(html);
  CHECK(html.find("100.00 %") != std::string::npos);
  CHECK(html.find("Every clip was answered right.") != std::string::npos);
  CHECK(occurrences(html, "<audio") == 0);
  CHECK(html.size() < 40'000);
}

TEST_CASE("2,000 clips of 200 classes: what is left out is counted, and the page stays small", "[report]") {
  const auto html = run_report(made_up_input(2'000, numbered_classes(200), 7));
  check_page(html);
  CHECK(html.find("The worst 40 of 286, the surest first") != std::string::npos);
  CHECK(occurrences(html, "<article") == 40 + 8 + 60);
  CHECK(html.size() < 8'000'000);
}

TEST_CASE("sounds are linked or left out when asked", "[report]") {
  const auto input = made_up_input(4, {"dog", "cat"}, 2);
  ReportOptions options;
  options.audio = ReportAudio::link;
  const auto linked = run_report(input, options);
  CHECK(linked.find("src=\"file:///sounds/clip%200.wav\"") != std::string::npos);
  CHECK(linked.find("data:audio") == std::string::npos);
  options.audio = ReportAudio::none;
  CHECK(occurrences(run_report(input, options), "<audio") == 0);
}

TEST_CASE("a clip that cannot be read any more is shown with the reason", "[report]") {
  auto input = made_up_input(4, {"dog", "cat"}, 2);
  input.sound = [](std::size_t) -> std::vector<float> { throw soundfold::DataError("a.wav: <gone>"); };
  const auto html = run_report(input);
  check_page(html);
  CHECK(html.find("a.wav: &lt;gone&gt;") != std::string::npos);
}

TEST_CASE("several labels a clip: no matrix, and answers of any number of classes", "[report]") {
  auto input = made_up_input(3, {"dog", "cat"}, 0);
  input.multi_label = true;
  input.metrics.confusion.clear();
  input.clips[0].predicted = {};
  input.clips[1].truth = {0, 1};
  const auto html = run_report(input);
  check_page(html);
  CHECK(html.find("(none)") != std::string::npos);
  CHECK(html.find("dog; cat") != std::string::npos);
  CHECK(html.find("id=\"confusion\"") == std::string::npos);
}

TEST_CASE("parts that do not fit together are refused", "[report]") {
  auto input = made_up_input(3, {"dog", "cat"}, 0);
  input.clips[1].truth = {2};
  CHECK_THROWS_AS(run_report(input), soundfold::UsageError);
  input.clips.pop_back();
  CHECK_THROWS_AS(run_report(input), soundfold::UsageError);
}

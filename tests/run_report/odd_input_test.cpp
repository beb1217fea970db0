// SPDX-License-Identifier: Apache-2.0
#include "run_report/made_up_input.h"
#include "run_report/run_report.h"
#include "support/errors.h"
#include "testing/markup.h"

#include <catch2/catch.hpp>

using namespace soundfold::run_report;
using soundfold::testing::add_background;
using soundfold::testing::check_page;
using soundfold::testing::made_up_input;
using soundfold::testing::numbered_classes;
using soundfold::testing::numbers_of;
using soundfold::testing::occurrences;

TEST_CASE("hostile classes, files and titles stay text on the page", "[run_report]") {
  const std::string long_name = "\"onload='x'\xE2\x80\xAE\xFF" + std::string(300, 'y');
  auto input = made_up_input(6, {"<script>alert(1)</script>", long_name}, 2);
  add_background(input);
  input.title = "</title><script>";
  input.protocol = "<img src=x onerror=alert(1)>";
  input.sounds[0].name = "\xFF\xFE</article></script><script>'\".wav";
  input.sounds[0].backbone_classes[0].name = "<img src=y>";
  input.sounds[2].name = std::string(300, 'n');
  input.commands = {"trainer --config '<img src=z>'"};
  const auto html = run_report(input);
  check_page(html);
  CHECK(html.find("<img") == std::string::npos);
  CHECK(html.find("\xE2\x80\xAE") == std::string::npos);
  CHECK(html.find('\xFF') == std::string::npos);
  CHECK(numbers_of(html).at("evaluation").at("class_names")[0] == "<script>alert(1)</script>");
}

TEST_CASE("one class, no mistakes, no sound: a page that helps", "[run_report]") {
  auto input = made_up_input(3, {"dog"}, 0);
  input.samples = nullptr;
  const auto html = run_report(input);
  check_page(html);
  CHECK(html.find("100.00 %") != std::string::npos);
  CHECK(html.find("Every clip was answered right.") != std::string::npos);
  CHECK(occurrences(html, "<audio") == 0);
  CHECK(html.size() < 50'000);
}

TEST_CASE("no test clips: what was trained and from what", "[run_report]") {
  ReportInput input;
  input.title = "untested";
  input.class_names = {"dog", "cat"};
  for (const auto& name : input.class_names) input.metrics.classes.push_back({name});
  input.sounds = {{"a.wav", "/a.wav", "", "dog", 0, {}, 0.5, 1.0}, {"b.wav", "/b.wav", "", "cat", 1, {}, 1.5, 2.0}};
  input.rounds = {{"training", 0, 0, {{1, 0.7, 0.5}, {2, 0.6, 0.7}}, 2, 0}};
  input.configuration = "name: untested\n";
  const auto html = run_report(input);
  check_page(html);
  CHECK(html.find("class=\"big\"") == std::string::npos);
  CHECK(html.find("id=\"map\"") != std::string::npos);
  CHECK(html.find("id=\"curves\"") != std::string::npos);
  CHECK(html.find("id=\"mistakes\"") == std::string::npos);
}

TEST_CASE("2,000 clips of 200 classes: what is left out is counted, and the page stays small", "[run_report]") {
  auto input = made_up_input(2'000, numbered_classes(200), 7);
  add_background(input);
  const auto html = run_report(input);
  check_page(html);
  CHECK(html.find("40 of 286, some of every class, the surest first") != std::string::npos);
  CHECK(occurrences(html, "<article") == 40 + 8 + 100);
  CHECK(html.size() < 10'000'000);  // half noise, which packs badly
}

TEST_CASE("of many mistakes every class keeps its surest", "[run_report]") {
  const auto input = made_up_input(60, numbered_classes(3), 1);
  ReportOptions options;
  options.most_mistakes = 6;
  const auto html = run_report(input, options);
  // The surest are the last: 59 and 56 are of class 2, 58 and 55 of class 1, 57 and 54 of class 0.
  for (const auto* clip : {"54", "55", "56", "57", "58", "59"}) {
    CHECK(html.find("id=\"clip-" + std::string(clip) + "\"") != std::string::npos);
  }
  CHECK(occurrences(html, "<article") == 6);
}

TEST_CASE("a clip that cannot be read any more is shown with the reason", "[run_report]") {
  auto input = made_up_input(4, {"dog", "cat"}, 2);
  add_background(input);
  input.samples = [](std::size_t) -> std::vector<float> { throw soundfold::DataError("a.wav: <gone>"); };
  const auto html = run_report(input);
  check_page(html);
  CHECK(html.find("a.wav: &lt;gone&gt;") != std::string::npos);
}

TEST_CASE("several labels a clip: no matrix, and answers of any number of classes", "[run_report]") {
  auto input = made_up_input(3, {"dog", "cat"}, 0);
  add_background(input);
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

TEST_CASE("parts that do not fit together are refused", "[run_report]") {
  auto input = made_up_input(3, {"dog", "cat"}, 0);
  input.clips[1].truth = {2};
  CHECK_THROWS_AS(run_report(input), soundfold::UsageError);
  input.clips[1].truth = {1};
  input.clips[1].sound = 3;
  CHECK_THROWS_AS(run_report(input), soundfold::UsageError);
  input.clips.pop_back();
  CHECK_THROWS_AS(run_report(input), soundfold::UsageError);
}

// SPDX-License-Identifier: Apache-2.0
// The pages of the data audit, of a search and of runs compared.
#include "report/audit_section.h"
#include "report/compare_page.h"
#include "report/search_page.h"
#include "support/errors.h"

#include <catch2/catch.hpp>

#include <cmath>

using namespace soundfold;
using namespace soundfold::report;
using Catch::Contains;

namespace {

constexpr const char* kHostile = "<script>alert(1)</script>\"'\xE2\x80\xAE.wav";

std::vector<float> second_of_tone() {
  std::vector<float> samples(16'000);
  for (std::size_t i = 0; i < samples.size(); ++i) samples[i] = 0.3F * std::sin(static_cast<float>(i) * 0.1F);
  return samples;
}

std::size_t count_of(const std::string& text, const std::string& what) {
  std::size_t count = 0;
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++count;
  return count;
}

/// Hostile names are text, and what was opened is closed.
void check_markup(const std::string& html) {
  CHECK(count_of(html, "<script") == 1);
  CHECK(html.find("\xE2\x80\xAE") == std::string::npos);
  for (const char* element : {"article", "section", "bdi", "table", "p", "pre"}) {
    CHECK(count_of(html, "<" + std::string(element) + ">") + count_of(html, "<" + std::string(element) + " ") ==
          count_of(html, "</" + std::string(element) + ">"));
  }
}

audit::Findings two_findings() {
  audit::Findings found;
  found.description = kHostile;
  found.notes = {"a <note>"};
  found.class_names = {"dog", kHostile};
  found.clips = {{"a.wav", "/sounds/a.wav", {0}, 1, "a"}, {kHostile, "/sounds/b.wav", {1}, 2, "b"}};
  found.parts = {"train", "test"};
  found.list.push_back({audit::Kind::near_duplicate, audit::Severity::error, {0, 1}, 1, "'a' and <b>", "a,\"b\",,"});
  found.list.push_back({audit::Kind::clipped, audit::Severity::note, {1}, 0.1, "is clipped", ""});
  found.classes.push_back({"dog", 1, 1, 1, 1, 0.5, {"WAV: 1"}});
  return found;
}

}  // namespace

TEST_CASE("the audit's page has every finding, its clips side by side and its fix", "[report]") {
  const auto html = audit_page(
      two_findings(), [](std::size_t) { return second_of_tone(); }, ReportAudio::embed);
  check_markup(html);
  CHECK(count_of(html, "<article") == 3);
  CHECK(count_of(html, "<audio") == 3);
  CHECK_THAT(html, Contains("&lt;b&gt;") && Contains("a,&quot;b&quot;,,") && Contains("id=\"audit-near_duplicate\"") &&
                       Contains("href=\"#audit-clipped\"") && Contains("a &lt;note&gt;"));
  CHECK(html.find("id=\"audit-silent\"") == std::string::npos);
}

TEST_CASE("more findings than are shown are counted, and sounds may be missing", "[report]") {
  auto found = two_findings();
  for (int i = 0; i < 5; ++i) found.list.push_back(found.list.back());
  const auto html = audit_section(found, {}, ReportAudio::none, 2);
  CHECK_THAT(html, Contains("The first 2 of 6"));
  CHECK(count_of(html, "<audio") == 0);
  const auto broken = audit_section(
      found, [](std::size_t) -> std::vector<float> { throw DataError("<gone>"); }, ReportAudio::embed);
  CHECK_THAT(broken, Contains("&lt;gone&gt;"));
  const auto linked = audit_section(
      found, [](std::size_t) { return second_of_tone(); }, ReportAudio::link);
  CHECK_THAT(linked, Contains("src=\"file:///sounds/a.wav\""));
}

TEST_CASE("another page lists what needs no file, with its own links to the clips", "[report]") {
  const auto hear = [](const std::string& id) { return id == "a.wav" ? "<a href=\"#one\">a</a>" : std::string(); };
  auto found = two_findings();
  const auto html = stored_findings(found, hear);
  CHECK_THAT(html, Contains("<a href=\"#one\">a</a>") && Contains("&lt;b&gt;") && Contains("a,&quot;b&quot;,,") &&
                       Contains("a &lt;note&gt;") && Contains("Labels that may be wrong"));
  CHECK(html.find("Clipping") == std::string::npos);
  CHECK(html.find(kHostile) == std::string::npos);
  for (int i = 0; i < 3; ++i) found.list.push_back(found.list.front());
  CHECK_THAT(stored_findings(found, hear, 2), Contains("The first 2 of 4"));
}

TEST_CASE("a page of a search has the query and the hits, nearest first", "[report]") {
  const SearchResult result{kHostile, 1000, {{"/x/near.wav", "/x/near.wav", 0.98765, 5}, {"0123abcd", "", 0.5, 1}}};
  const auto html = search_page(
      result, [](const std::string&) { return second_of_tone(); }, ReportAudio::embed);
  check_markup(html);
  CHECK(count_of(html, "<audio") == 2);  // the query and the one whose file is known
  CHECK_THAT(html, Contains("0.9877") && Contains("of 1000 clips") && Contains("is not known"));
  CHECK(html.find("0.9877") < html.find("0123abcd"));
}

TEST_CASE("a page of runs compared has the clips that one alone has right", "[report]") {
  evaluation::SavedPredictions a{"run a", {{"x", "dog", "dog", 0.9}, {kHostile, "dog", "cat", 0.6}}, 1};
  evaluation::SavedPredictions b{"run b", {{"x", "dog", "cat", 0.7}, {kHostile, "dog", "dog", 0.8}}, 1};
  ComparePage options;
  options.file = [](const std::string& clip) { return clip == "x" ? std::string("/sounds/x.wav") : std::string(); };
  options.sound = [](const std::string&) { return second_of_tone(); };
  const auto html = compare_page(evaluation::compare_runs({a, b}), options, ReportAudio::embed);
  check_markup(html);
  CHECK(count_of(html, "<article") == 2);
  CHECK(count_of(html, "<audio") == 1);
  CHECK_THAT(html, Contains("id=\"pair-1-2-first\"") && Contains("id=\"pair-1-2-second\"") && Contains("50.00 %"));
  CHECK(html.find("id=\"pair-1-2-neither\"") == std::string::npos);
}

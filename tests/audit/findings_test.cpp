// SPDX-License-Identifier: Apache-2.0
#include "audit/findings.h"

#include "audit/findings_text.h"
#include "support/errors.h"
#include "support/random.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <functional>
#include <iterator>

using namespace soundfold;
using audit::Kind;
using audit::Severity;
using Catch::Contains;

namespace {

constexpr std::size_t kSize = 32;

/// 20 clips of each of two classes, each class around a point of its own that differs in every value, as standardised
/// vectors have all values alike; every clip is a file and a source of its own.
audit::Material two_classes() {
  audit::Material material;
  material.data.class_names = {"dog", "cat"};
  material.data.description = "made up";
  material.means.size = kSize;
  Random random(5);
  for (std::size_t i = 0; i < 40; ++i) {
    const std::string id = "clip" + std::to_string(i) + ".wav";
    material.data.clips.push_back({id, id, {static_cast<std::int64_t>(i % 2)}, 1 + static_cast<int>(i % 5), id});
    material.parts.push_back("fold " + std::to_string(1 + i % 5));
    material.embedded.push_back({std::to_string(i) + "-recipe", ""});
    for (std::size_t k = 0; k < kSize; ++k) {
      const double centre = k % 2 == i % 2 ? 4 : 0;
      material.means.values.push_back(static_cast<float>(centre + random.bell()));
    }
    audit::AudioFacts facts;
    facts.format = "WAV";
    facts.sample_rate_hz = 16'000;
    facts.channels = 1;
    facts.seconds = 4 + 2 * random.uniform();
    facts.peak = 0.5;
    facts.level_dbfs = -20;
    facts.highest_hz = 7900;
    material.facts.push_back(facts);
  }
  return material;
}

std::vector<audit::Finding> of_kind(const audit::Findings& found, Kind kind) {
  std::vector<audit::Finding> list;
  std::copy_if(found.list.begin(), found.list.end(), std::back_inserter(list),
               [&](const auto& finding) { return finding.kind == kind; });
  return list;
}

/// What is found of a kind when one clip's facts are changed.
std::vector<audit::Finding> with_facts(Kind kind, const std::function<void(audit::AudioFacts&)>& change) {
  auto material = two_classes();
  change(material.facts[3]);
  return of_kind(audit::find_all(material), kind);
}

}  // namespace

TEST_CASE("stretches of one recording are no copies of each other", "[audit]") {
  auto material = two_classes();
  for (const std::size_t clip : {0, 1, 2}) {
    material.embedded[clip].key = "same-recipe";
    material.data.clips[clip].path = "recording.wav";
    material.data.clips[clip].source = "recording.wav";
    material.data.clips[clip].stretch = frontend::Stretch{1.0 * static_cast<double>(clip), 2};
  }
  CHECK(of_kind(audit::find_all(material), Kind::equal_bytes).empty());
  material.data.clips[2].path = "copy.wav";
  CHECK(of_kind(audit::find_all(material), Kind::equal_bytes).size() == 1);
}

TEST_CASE("nothing is found where nothing is wrong", "[audit]") {
  const auto found = audit::find_all(two_classes());
  INFO(audit::findings_text(found));
  CHECK(found.list.empty());
  CHECK_THAT(audit::findings_text(found), Contains("Nothing was found.") && Contains("dog: 20 clips"));
}

TEST_CASE("a clip with the other label is the first suspect, with the row that changes it", "[audit]") {
  auto material = two_classes();
  material.data.clips[6].labels = {1};
  const auto suspects = of_kind(audit::find_all(material), Kind::label_suspect);
  REQUIRE(!suspects.empty());
  CHECK(suspects[0].clips[0] == 6);
  CHECK(suspects[0].score == Approx(1));
  CHECK(suspects[0].severity == Severity::warning);
  CHECK(suspects[0].fix == "clip6.wav,dog,2,clip6.wav");
  CHECK_THAT(suspects[0].sentence, Contains("'clip6.wav' (cat, fold 2) is more like dog, with a share of 1.00"));
  REQUIRE(suspects[0].clips.size() >= 2);
  CHECK(material.data.clips[suspects[0].clips[1]].labels == std::vector<std::int64_t>{0});
  material.data.clips[0].labels = {0, 1};
  const auto several = audit::find_all(material);
  CHECK(of_kind(several, Kind::label_suspect).empty());
  CHECK_THAT(several.notes.front(), Contains("only where each clip has one"));
}

TEST_CASE("of class folders a fix says what to do with the file, and copies in two classes do not vote", "[audit]") {
  auto material = two_classes();
  material.in_class_folders = true;
  for (auto& clip : material.data.clips) clip.id = (clip.labels[0] == 0 ? "dog/" : "cat/") + clip.id;
  auto moved = material;
  moved.data.clips[6].labels = {1};
  moved.data.clips[6].id = "cat/clip6.wav";
  const auto suspects = of_kind(audit::find_all(moved), Kind::label_suspect);
  REQUIRE(!suspects.empty());
  CHECK(suspects[0].fix == "move cat/clip6.wav to dog/");

  // Clip 7 is a copy of clip 6, a dog, among the cats: one fault, one fix.
  material.embedded[7].key = material.embedded[6].key;
  std::copy_n(material.means.row(6), kSize, material.means.row(7));
  const auto found = audit::find_all(material);
  INFO(audit::findings_text(found));
  REQUIRE(found.list.size() == 1);
  CHECK(found.list[0].kind == Kind::equal_bytes);
  CHECK(found.list[0].fix == "delete cat/clip7.wav, the same bytes as dog/clip6.wav");
  // The other way round, the first of the two goes.
  std::copy_n(material.means.row(9), kSize, material.means.row(6));
  std::copy_n(material.means.row(9), kSize, material.means.row(7));
  const auto other = of_kind(audit::find_all(material), Kind::equal_bytes);
  REQUIRE(other.size() == 1);
  CHECK(other[0].fix == "delete dog/clip6.wav, the same bytes as cat/clip7.wav");
}

TEST_CASE("nearly equal embeddings are one recording; in two parts that is an error", "[audit]") {
  auto material = two_classes();
  for (std::size_t k = 0; k < kSize; ++k) material.means.row(11)[k] = material.means.row(5)[k] + (k == 2 ? 0.01F : 0);
  const auto pairs = of_kind(audit::find_all(material), Kind::near_duplicate);
  REQUIRE(pairs.size() == 1);
  CHECK(pairs[0].clips == std::vector<std::size_t>{5, 11});
  CHECK(pairs[0].severity == Severity::error);
  CHECK_THAT(pairs[0].sentence, Contains("sound the same") && Contains("are in different parts"));
  CHECK(pairs[0].fix == "clip11.wav,cat,1,clip5.wav");
  // Clips of one recording in one part are not worth a word.
  material.data.clips[11].source = material.data.clips[5].source;
  material.parts[11] = material.parts[5];
  CHECK(of_kind(audit::find_all(material), Kind::near_duplicate).empty());
}

TEST_CASE("a pair far nearer to each other than to any third recording is a warning", "[audit]") {
  auto material = two_classes();
  for (std::size_t k = 0; k < kSize; ++k) {
    material.means.row(11)[k] = material.means.row(5)[k] + (k % 4 < 2 ? 0.6F : -0.6F);
  }
  const auto pairs = of_kind(audit::find_all(material), Kind::near_duplicate);
  REQUIRE(pairs.size() == 1);
  CHECK(pairs[0].clips == std::vector<std::size_t>{5, 11});
  CHECK(pairs[0].severity == Severity::warning);
  CHECK_THAT(pairs[0].sentence, Contains("may be one recording") && Contains("of the next recording"));
  // A clip of one of the two recordings is no third one.
  std::copy_n(material.means.row(5), kSize, material.means.row(1));
  material.data.clips[1].source = material.data.clips[5].source;
  material.parts[1] = material.parts[5];
  const auto more = of_kind(audit::find_all(material), Kind::near_duplicate);
  CHECK(more.size() == 2);
}

TEST_CASE("files of the same bytes, and unreadable ones", "[audit]") {
  auto material = two_classes();
  material.embedded[7].key = "3-recipe";
  std::copy_n(material.means.row(3), kSize, material.means.row(7));
  material.embedded[9] = {"", "clip9.wav: is not a sound"};
  std::fill_n(material.means.row(9), kSize, 0.0F);
  const auto found = audit::find_all(material);
  const auto equal = of_kind(found, Kind::equal_bytes);
  REQUIRE(equal.size() == 1);
  CHECK(equal[0].clips == std::vector<std::size_t>{3, 7});
  CHECK_THAT(equal[0].sentence, Contains("byte for byte"));
  CHECK(of_kind(found, Kind::near_duplicate).empty());
  const auto bad = of_kind(found, Kind::unreadable);
  REQUIRE(bad.size() == 1);
  CHECK(bad[0].fix == "data: {on_bad_clip: skip}");
  CHECK(found.list.front().kind == Kind::unreadable);
}

TEST_CASE("without embeddings the files alone are looked at", "[audit]") {
  const auto whole = two_classes();
  std::vector<std::string> digests(whole.data.clips.size());
  digests[3] = digests[7] = digests[8] = "equal";
  digests[5] = "of the same size";
  auto facts = whole.facts;
  facts[9].problem = "clip9.wav: is not a sound";
  facts[11].level_dbfs = -70;
  const auto found = audit::find_all(audit::gather_files(whole.data, whole.parts, digests, facts));
  const auto equal = of_kind(found, Kind::equal_bytes);
  REQUIRE(equal.size() == 2);
  CHECK(equal[0].severity == Severity::error);  // in different folds
  CHECK(of_kind(found, Kind::unreadable).size() == 1);
  CHECK(of_kind(found, Kind::silent).size() == 1);
  CHECK(found.list.size() == 4);
  digests.pop_back();
  CHECK_THROWS_AS(audit::gather_files(whole.data, whole.parts, digests, facts), UsageError);
}

TEST_CASE("silence, clipping, DC and band limits are found by their thresholds", "[audit]") {
  CHECK(with_facts(Kind::silent, [](auto& facts) { facts.level_dbfs = -59; }).empty());
  CHECK(with_facts(Kind::silent, [](auto& facts) { facts.level_dbfs = -61; })[0].severity == Severity::warning);
  CHECK(with_facts(Kind::silent, [](auto& facts) { facts.quiet = 0.95; })[0].fix == "silence: {windows: drop}");
  CHECK(with_facts(Kind::clipped, [](auto& facts) { facts.clipped = 0.0009; }).empty());
  CHECK(with_facts(Kind::clipped, [](auto& facts) { facts.clipped = 0.002; })[0].severity == Severity::note);
  CHECK(with_facts(Kind::clipped, [](auto& facts) { facts.clipped = 0.02; })[0].severity == Severity::warning);
  CHECK(with_facts(Kind::dc_offset, [](auto& facts) { facts.dc_offset = -0.02; }).size() == 1);
  const auto narrow = with_facts(Kind::band_limited, [](auto& facts) {
    facts.sample_rate_hz = 44'100;
    facts.highest_hz = 3990;
  });
  REQUIRE(narrow.size() == 1);
  CHECK_THAT(narrow[0].sentence, Contains("a file of 44.1 kHz with nothing above 3.99 kHz"));
  CHECK(with_facts(Kind::mixed_formats, [](auto& facts) { facts.channels = 2; })[0].clips.front() == 3);
}

TEST_CASE("a class that its length alone gives away", "[audit]") {
  auto material = two_classes();
  for (std::size_t i = 0; i < 40; i += 2) material.facts[i].seconds = 1 + 0.05 * static_cast<double>(i);
  const auto rules = of_kind(audit::find_all(material), Kind::class_rule);
  REQUIRE(rules.size() == 2);  // of two classes, a rule for one is a rule for the other
  CHECK_THAT(rules[0].sentence, Contains("the class dog is recognised by a length of at most") && Contains("100 %"));
  CHECK_THAT(rules[1].sentence, Contains("the class cat is recognised by a length above"));
  // By chance there is no such rule, however many clips.
  Random random(11);
  for (auto& facts : material.facts) facts.seconds = random.uniform();
  CHECK(of_kind(audit::find_all(material), Kind::class_rule).empty());
}

TEST_CASE("findings as JSON hold every clip and fix", "[audit]") {
  auto material = two_classes();
  material.data.clips[6].labels = {1};
  const auto json = audit::findings_json(audit::find_all(material));
  CHECK(json["findings"][0]["kind"] == "label_suspect");
  CHECK(json["findings"][0]["clips"][0]["id"] == "clip6.wav");
  CHECK(json["findings"][0]["clips"][0]["part"] == "fold 2");
  CHECK(json["classes"][1]["clips"] == 21);
}

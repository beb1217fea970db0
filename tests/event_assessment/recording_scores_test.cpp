// SPDX-License-Identifier: Apache-2.0
#include "event_assessment/recording_scores.h"

#include "audio/waveform.h"
#include "event_assessment/model_rules.h"
#include "runtime/load_classifier.h"
#include "runtime/sample_model.h"
#include "support/errors.h"
#include "support/files.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>

using namespace soundfold;
using event_assessment::score_recording;
using event_assessment::ScoreFolder;
namespace fs = std::filesystem;

TEST_CASE("a recording's scores are those of its windows", "[event_assessment]") {
  const testing::TempFolder place;
  const auto classifier = runtime::classifier_of(testing::sample_model(), "sample");
  classifier->set_window_hop(0.24);
  audio::write_wav(place / "a.wav", testing::changing_noise(5 * 16'000 + 77), 16'000);
  double advanced_s = 0;
  const auto scored = score_recording(*classifier, place / "a.wav", [&](double seconds) { advanced_s += seconds; });
  std::vector<runtime::Window> windows;
  const auto pass = classifier->start([&](const runtime::Window& window) { windows.push_back(window); });
  const auto waveform = audio::load_waveform(place / "a.wav");
  pass->push(waveform.data(), waveform.size());
  pass->finish();
  REQUIRE(scored.window_count() == windows.size());
  CHECK(scored.seconds == Approx(5 + 77.0 / 16'000));
  CHECK(advanced_s == Approx(scored.seconds));
  CHECK(scored.hop_s == Approx(0.24));
  const auto views = event_fitting::windows_of(scored, 3);
  for (std::size_t i = 0; i < windows.size(); ++i) {
    CHECK(views[i].start_s == Approx(windows[i].start_s));
    CHECK(views[i].end_s == Approx(windows[i].end_s));
    CHECK(views[i].silent == windows[i].silent);
    CHECK(views[i].level_dbfs == windows[i].level_dbfs);
    for (std::size_t k = 0; k < 3; ++k) CHECK(views[i].probabilities[k] == Approx(windows[i].probabilities[k]));
  }
  CHECK(event_fitting::windows_of(scored, 3, 4).size() == (windows.size() + 3) / 4);
}

TEST_CASE("kept scores are found again, but not for another model, hop or file", "[event_assessment]") {
  const testing::TempFolder place;
  audio::write_wav(place / "a.wav", testing::changing_noise(40'000), 16'000);
  const auto classifier = runtime::classifier_of(testing::sample_model(), "sample");
  const auto scored = score_recording(*classifier, place / "a.wav");
  const ScoreFolder folder(place / "scores", "model 1");
  CHECK_FALSE(folder.find(place / "a.wav", scored.hop_s));
  folder.keep(scored);
  const auto found = folder.find(place / "a.wav", scored.hop_s);
  REQUIRE(found);
  CHECK(found->probabilities == scored.probabilities);
  CHECK(found->levels_dbfs == scored.levels_dbfs);
  CHECK(found->silent == scored.silent);
  CHECK(found->seconds == scored.seconds);
  CHECK(found->window_s == scored.window_s);
  CHECK_FALSE(folder.find(place / "a.wav", 0.24));
  CHECK_FALSE(ScoreFolder(place / "scores", "model 2").find(place / "a.wav", scored.hop_s));
  audio::write_wav(place / "a.wav", testing::changing_noise(40'001), 16'000);
  CHECK_FALSE(folder.find(place / "a.wav", scored.hop_s));
}

TEST_CASE("rules are written into a model, and nothing else of it changes", "[event_assessment]") {
  const testing::TempFolder place;
  const auto path = place / "model.safetensors";
  auto written = testing::sample_model();
  written.weight_format = GENERATE(runtime::WeightFormat::float32, runtime::WeightFormat::float16);
  const auto bytes = runtime::model_file_bytes(written);
  write_file_atomically(path, bytes);
  const auto digest = event_assessment::scores_digest(runtime::read_model_file(path));
  events::EventRules rules;
  rules.of_class = {events::EventRule(), std::nullopt, events::EventRule()};
  rules.of_class[0]->on = 0.75;
  rules.hop_s = 0.24;
  event_assessment::write_rules(path, rules);
  auto model = runtime::read_model_file(path);
  REQUIRE(model.event_rules);
  CHECK(model.event_rules->of_class[0]->on == 0.75);
  CHECK_FALSE(model.event_rules->of_class[1]);
  CHECK(event_assessment::scores_digest(model) == digest);
  model.event_rules.reset();
  CHECK(runtime::model_file_bytes(model) == bytes);
}

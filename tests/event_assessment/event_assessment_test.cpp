// SPDX-License-Identifier: Apache-2.0
#include "event_assessment/event_assessment.h"

#include "audio/waveform.h"
#include "event_assessment/annotated_recordings.h"
#include "event_assessment/recording_scores.h"
#include "runtime/load_classifier.h"
#include "runtime/sample_model.h"
#include "support/errors.h"
#include "support/files.h"
#include "testing/testing.h"
#include "text/text.h"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace soundfold;
using Catch::Contains;
namespace fs = std::filesystem;

namespace {

constexpr double kRecordingS = 60;

/// A model, two recordings, and annotations in which the model's own most probable windows of "rain" are the events: a
/// rule for them can be found.
class Field {
 public:
  Field() {
    auto model = testing::sample_model();
    model.decision.silence_gate.reset();
    write_file_atomically(model_path(), runtime::model_file_bytes(model));
    const auto classifier = runtime::load_classifier(model_path());
    std::vector<event_fitting::ScoredRecording> scored;
    for (const unsigned seed : {1U, 2U}) {
      const fs::path path = place_ / ("r" + std::to_string(seed) + ".wav");
      audio::write_wav(path, testing::changing_noise(static_cast<std::int64_t>(kRecordingS) * 16'000, seed), 16'000);
      scored.push_back(event_assessment::score_recording(*classifier, path));
    }
    const std::string labels = labels_of_highest(scored);
    write_file_atomically(labels_path(), labels);
  }

  fs::path model_path() const { return place_ / "model.safetensors"; }
  fs::path labels_path() const { return place_ / "labels.csv"; }
  const fs::path& folder() const { return place_.path(); }

  event_assessment::AssessmentRequest request() const {
    event_assessment::AssessmentRequest request;
    request.model = model_path();
    request.annotations = labels_path();
    request.threads = 1;
    request.scoring.block_s = 20;
    return request;
  }

 private:
  static std::string labels_of_highest(const std::vector<event_fitting::ScoredRecording>& scored) {
    std::vector<double> sorted;
    for (const auto& recording : scored) {
      for (std::size_t i = 2; i < recording.probabilities.size(); i += 3) sorted.push_back(recording.probabilities[i]);
    }
    std::sort(sorted.begin(), sorted.end());
    events::EventRules rules;
    rules.of_class = {std::nullopt, std::nullopt, events::EventRule()};
    rules.of_class[2]->on = rules.of_class[2]->off = sorted[sorted.size() * 3 / 4];
    std::string rows = "path,start_s,end_s,label\n";
    for (const auto& recording : scored) {
      for (const auto& event : event_fitting::events_of(recording, {"dog", "cat", "rain"}, rules)) {
        rows += fs::path(recording.path).filename().string() + "," + fixed(event.start_s, 3) + "," +
                fixed(event.end_s, 3) + ",rain\n";
      }
    }
    return rows;
  }

  testing::TempFolder place_;
};

std::string refusal(const event_assessment::AssessmentRequest& request) {
  try {
    event_assessment::assess_events(request);
  } catch (const std::exception& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("fitting finds better rules and writes them; the next evaluation uses them", "[event_assessment]") {
  const Field field;
  auto request = field.request();
  request.fit = true;
  request.compare = true;
  request.most_false_alarms_per_hour = 1000;
  write_file_atomically(field.folder() / "model.pt", "not looked into");
  const auto first = event_assessment::assess_events(request);
  CHECK(first.json["rules_fitted"] == false);
  const double before = first.json["measures"]["classes"]["rain"]["event"]["f1"].is_null()
                            ? 0
                            : first.json["measures"]["classes"]["rain"]["event"]["f1"].get<double>();
  const double after = first.json["after"]["event"]["f1"].get<double>();
  CHECK(after > 0.5);
  CHECK(after > before);
  CHECK(first.json["comparison"].size() == 5);
  CHECK_THAT(first.text, Contains("default rules (none were fitted)") && Contains("Written into") &&
                             Contains("Not into " + (field.folder() / "model.pt").string()));
  request.fit = false;
  request.compare = false;
  const auto second = event_assessment::assess_events(request);
  CHECK(second.json["rules_fitted"] == true);
  CHECK(second.json["measures"]["event"]["f1"].get<double>() == Approx(after));
  CHECK(runtime::read_model_file(field.model_path()).event_rules->of_class[2]);
}

TEST_CASE("kept scores give the same measures", "[event_assessment]") {
  const Field field;
  auto request = field.request();
  const auto fresh = event_assessment::assess_events(request);
  request.scores = field.folder() / "scores";
  CHECK(event_assessment::assess_events(request).json == fresh.json);
  std::size_t files = 0;
  for (const auto& entry : fs::directory_iterator(request.scores)) files += entry.is_regular_file() ? 1 : 0;
  CHECK(files == 4);
  CHECK(event_assessment::assess_events(request).json == fresh.json);
  request.threads = 2;
  request.scores.clear();
  CHECK(event_assessment::assess_events(request).json == fresh.json);
}

TEST_CASE("annotations that do not belong to the recordings or the model are refused", "[event_assessment]") {
  const Field field;
  auto request = field.request();
  write_file_atomically(field.labels_path(), "path,start_s,end_s,label\nr1.wav,59,61,rain\n");
  CHECK_THAT(refusal(request), Contains("has 60.00 s, and an event ends at 61.00 s"));
  write_file_atomically(field.labels_path(), "path,start_s,end_s,label\nr1.wav,1,2,wolf\n");
  CHECK_THAT(refusal(request), Contains("none of its labels (wolf) is a class of the model (dog, cat, rain)"));
  write_file_atomically(field.labels_path(), "path,start_s,end_s,label\nr9.wav,1,2,rain\n");
  CHECK_THAT(refusal(request), Contains("r9.wav"));
  write_file_atomically(field.labels_path(), "1\t2\train\n");
  CHECK_THAT(refusal(request), Contains("give it with --recordings FILE"));
  request.recordings = field.folder() / "r1.wav";
  CHECK(refusal(request).empty());
  request.model = field.folder() / "model.pt";
  write_file_atomically(request.model, "PK");
  CHECK_THAT(refusal(request), Contains("a model.safetensors, which holds their rules"));
}

TEST_CASE("evaluator --annotations as a user runs it", "[event_assessment]") {
  const Field field;
  const auto result = testing::run("evaluator", {"--annotations", field.labels_path().string(), "--model",
                                                 field.model_path().string(), "--hop", "0.24", "--json"});
  CHECK(result.err == "");
  REQUIRE(result.exit_code == 0);
  const auto json = nlohmann::json::parse(result.out);
  CHECK(json["hop_s"].get<double>() == Approx(0.24));
  CHECK(json["measures"]["classes"].contains("rain"));
  const auto without = testing::run("evaluator", {"--annotations", field.labels_path().string()});
  CHECK(without.exit_code == 2);
  CHECK_THAT(without.err, Contains("give --model MODEL or --run FOLDER"));
  CHECK(testing::run("evaluator", {"--fit-events"}).exit_code == 2);
}

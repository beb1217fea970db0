// SPDX-License-Identifier: Apache-2.0
#include "apps/small_place.h"
#include "apps/workplace.h"
#include "audio/waveform.h"
#include "events/event_text.h"
#include "support/files.h"
#include "support/random.h"
#include "text/csv.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <cmath>

using namespace soundfold;
using Catch::Contains;
using events::EventFormat;
namespace fs = std::filesystem;

namespace {

/// Sounds joined to one long recording, and where they are in it.
class Tape {
 public:
  void add(const std::vector<float>& sound, const std::string& label) {
    if (!label.empty()) {
      events::Event event;
      event.start_s = seconds();
      event.end_s = event.start_s + static_cast<double>(sound.size()) / audio::kSampleRateHz;
      event.label = label;
      recording_.events.push_back(event);
    }
    samples_.insert(samples_.end(), sound.begin(), sound.end());
  }
  void add_noise(double seconds, Random& random) {
    std::vector<float> noise(static_cast<std::size_t>(seconds * audio::kSampleRateHz));
    for (auto& sample : noise) sample = static_cast<float>(0.02 * random.bell());
    add(noise, "");
  }
  /// Writes it into `folder`.
  events::Recording write(const fs::path& folder, const std::string& name) {
    audio::write_wav(folder / name, samples_, audio::kSampleRateHz);
    recording_.path = name;
    recording_.seconds = seconds();
    return recording_;
  }

 private:
  double seconds() const { return static_cast<double>(samples_.size()) / audio::kSampleRateHz; }
  std::vector<float> samples_;
  events::Recording recording_;
};

std::string labels_as(EventFormat format, const std::vector<events::Recording>& recordings) {
  events::EventText text(format);
  std::string all = text.header();
  for (const auto& recording : recordings) all += text.recording(recording);
  return all;
}

/// A recording for each fold of the small place's ten sounds: noise, the dog, noise, the cat, noise.
std::vector<events::Recording> meadow_in(const testing::SmallPlace& place) {
  fs::create_directories(place / "meadow");
  const auto csv = CsvTable::read(place / "set/meta/esc50.csv");
  std::vector<events::Recording> recordings;
  Random random(2);
  for (int fold = 1; fold <= 5; ++fold) {
    Tape tape;
    tape.add_noise(3, random);
    for (std::size_t row = 0; row < csv.row_count(); ++row) {
      if (csv.integer_at(row, "fold") != fold) continue;
      tape.add(audio::load_waveform(place / "set/audio" / csv.at(row, "filename")), csv.at(row, "category"));
      tape.add_noise(2.5, random);
    }
    recordings.push_back(tape.write(place / "meadow", "day" + std::to_string(fold) + ".wav"));
  }
  return recordings;
}

const std::string kMeadow =
    "name: meadow\ndata: {layout: annotations, root: meadow, other_class: other}\nhead: {hidden: []}\n"
    "training: {epochs: 3, batch_size: 4}\nreport: {audio: link}\n";

}  // namespace

TEST_CASE("label files of Audacity, of Raven and as CSV train the same model", "[apps]") {
  const testing::SmallPlace place;
  const auto recordings = meadow_in(place);
  write_file_atomically(place / "raven.txt", labels_as(EventFormat::raven, recordings));
  write_file_atomically(place / "list.csv", labels_as(EventFormat::csv, recordings));
  fs::create_directories(place / "tracks");
  for (const auto& recording : recordings) {
    const auto track = fs::path(recording.path).replace_extension(".txt");
    write_file_atomically(place / "tracks" / track.string(), labels_as(EventFormat::audacity, {recording}));
  }
  write_file_atomically(place / "meadow.yaml", kMeadow);
  std::vector<std::string> splits, logits;
  for (const std::string labels : {"tracks", "raven.txt", "list.csv"}) {
    const auto out =
        place.run("trainer", {"--config", "meadow.yaml", "--set", "data.manifest=" + labels, "--threads", "1"});
    INFO(out);
    CHECK_THAT(out, Contains("5 recordings of 0.8 min; 3 classes, 20 clips: cat 5, dog 5, other 10"));
    const auto run = fs::canonical(place / "experiments/meadow/latest");
    splits.push_back(read_file(run / "splits.csv"));
    logits.push_back(read_file(run / "test_logits.json"));
    const auto result = nlohmann::json::parse(read_file(run / "result.json"));
    CHECK(result["export"]["verified"] == true);
    CHECK_THAT(read_file(run / "report.html"), Contains("meadow/day1.wav#t=3.000,4.000"));
  }
  CHECK(splits[0] == splits[1]);
  CHECK(splits[0] == splits[2]);
  CHECK(logits[0] == logits[1]);
  CHECK(logits[0] == logits[2]);
  CHECK_THAT(splits[0], Contains("\"day1.wav#t=3.000,4.000\"") && Contains(",day1.wav,"));
}

TEST_CASE("a model trained on stretches is evaluated, checked and audited on them", "[apps]") {
  const testing::SmallPlace place;
  const auto recordings = meadow_in(place);
  write_file_atomically(place / "list.csv", labels_as(EventFormat::csv, recordings));
  write_file_atomically(place / "meadow.yaml", kMeadow + "run: {threads: 1}\n");
  const std::vector<std::string> set = {"--config", "meadow.yaml", "--set", "data.manifest=list.csv"};
  const auto with = [&](const std::string& option, const std::string& value = "") {
    auto arguments = set;
    arguments.push_back(option);
    if (!value.empty()) arguments.push_back(value);
    return arguments;
  };
  CHECK_THAT(place.run("trainer", with("--check")), Contains("20 clips") && Contains("Nothing keeps a training"));
  place.run("trainer", set);
  const auto evaluated = place.run("evaluator", {"--model", "experiments/meadow/latest/model.pt"});
  CHECK_THAT(evaluated, Contains("Largest difference to the trainer's logits"));
  const auto at = evaluated.find("logits: ") + 8;
  CHECK(std::stod(evaluated.substr(at)) < 1e-3);
  const auto audited = place.run("trainer", with("--audit"));
  CHECK_THAT(audited, !Contains("same bytes") && Contains("other: 10 clips"));
  const auto varied = place.run(
      "trainer", {"--config", "meadow.yaml", "--set", "data.manifest=list.csv", "--set",
                  "augmentation.waveform_variants=2", "--set", "augmentation.gain_db=3", "--set", "name=varied"});
  INFO(varied);
  CHECK_THAT(varied, Contains("24 of the training clips are variants of the others"));
  const auto fresh = place.run(
      "trainer", {"--config", "meadow.yaml", "--set", "data.manifest=list.csv", "--set", "augmentation.fresh_share=0.5",
                  "--set", "augmentation.speed_percent=10", "--set", "name=fresh"});
  INFO(fresh);
  const auto result =
      nlohmann::json::parse(read_file(fs::canonical(place / "experiments/fresh/latest") / "result.json"));
  CHECK(result["export"]["verified"] == true);
}

TEST_CASE("ESC-50's dogs and cats in long recordings are learned as well as clip by clip", "[apps][assets]") {
  const testing::Workplace place;
  const auto csv = CsvTable::read(testing::assets_folder() / "esc50/meta/esc50.csv");
  fs::create_directories(place / "tapes");
  fs::create_directories(place / "clips");
  std::string list = "path,start_s,end_s,label,fold\n", clips = "path,label,fold,source\n";
  for (int fold = 1; fold <= 5; ++fold) {
    std::vector<std::size_t> events, others;
    for (std::size_t row = 0; row < csv.row_count(); ++row) {
      if (csv.integer_at(row, "fold") != fold) continue;
      const auto& category = csv.at(row, "category");
      if (category == "dog" || category == "cat") events.push_back(row);
      if (category == "rain" || category == "sea_waves") others.push_back(row);
    }
    REQUIRE(events.size() == 16);
    REQUIRE(others.size() == 16);
    Tape tape;
    const std::string name = "fold" + std::to_string(fold) + ".wav";
    for (std::size_t i = 0; i < events.size(); ++i) {
      for (const auto* rows : {&others, &events}) {
        const auto& file = csv.at((*rows)[i], "filename");
        const bool is_event = rows == &events;
        const std::string label = is_event ? csv.at((*rows)[i], "category") : "";
        const auto sound = audio::load_waveform(testing::assets_folder() / "esc50/audio" / file);
        tape.add(sound, label);
        audio::write_wav(place / "clips" / file, sound, audio::kSampleRateHz);
        clips += file + "," + (is_event ? label : "other") + "," + std::to_string(fold) + "," +
                 csv.at((*rows)[i], "src_file") + "\n";
      }
    }
    for (const auto& event : tape.write(place / "tapes", name).events) {
      list += name + "," + std::to_string(event.start_s) + "," + std::to_string(event.end_s) + "," + event.label + "," +
              std::to_string(fold) + "\n";
    }
  }
  write_file_atomically(place / "tapes/list.csv", list);
  write_file_atomically(place / "clips/clips.csv", clips);
  const std::string shared =
      "protocol: {type: cross_validation, final_model: none}\nrun: {threads: 1}\nreport: {enabled: false}\n";
  write_file_atomically(place / "tapes.yaml",
                        "name: tapes\ndata: {layout: annotations, manifest: tapes/list.csv, root: tapes, "
                        "other_class: other}\n" +
                            shared);
  write_file_atomically(place / "clips.yaml",
                        "name: clips\ndata: {layout: csv, manifest: clips/clips.csv, root: clips}\n" + shared);
  std::vector<double> accuracies;
  for (const std::string name : {"tapes", "clips"}) {
    const auto trained = place.run("trainer", {"--config", (place / (name + ".yaml")).string()});
    INFO(trained.err);
    REQUIRE(trained.exit_code == 0);
    const auto result = nlohmann::json::parse(read_file(place / ("experiments/" + name + "/latest/result.json")));
    accuracies.push_back(result["clip_accuracy"]["mean"].get<double>());
  }
  INFO("clips right: " << accuracies[0] << " of the stretches, " << accuracies[1] << " of the files");
  CHECK(accuracies[0] > 0.95);
  CHECK(std::abs(accuracies[0] - accuracies[1]) < 0.03);
}

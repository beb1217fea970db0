// SPDX-License-Identifier: Apache-2.0
#include "apps/workplace.h"
#include "audio/waveform.h"
#include "support/files.h"
#include "text/csv.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>

using namespace soundfold;
using Catch::Contains;
namespace fs = std::filesystem;

namespace {

struct Recording {
  std::string file, source;
};

/// Clips of one class and fold that the mirror has, in the order of its CSV.
std::vector<Recording> recordings(const std::string& category, int fold) {
  const auto csv = CsvTable::read(testing::assets_folder() / "esc50/meta/esc50.csv");
  std::vector<Recording> found;
  for (std::size_t row = 0; row < csv.row_count(); ++row) {
    if (csv.at(row, "category") == category && csv.integer_at(row, "fold") == fold) {
      found.push_back({csv.at(row, "filename"), csv.at(row, "src_file")});
    }
  }
  return found;
}

std::vector<float> load(const Recording& recording) {
  return audio::load_waveform(testing::assets_folder() / "esc50/audio" / recording.file);
}

std::vector<float> mixed(std::vector<float> a, const std::vector<float>& b) {
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) a[i] = 0.5F * (a[i] + b[i]);
  return a;
}

/// Roosters, rain and both at once: folds 1 and 2 to train (fold numbers of the CSV 1 and 2), fold 3 to validate (4)
/// and fold 5 to test (5). In each fold two clips of each class alone and six of both.
void make_data(const fs::path& folder) {
  fs::create_directories(folder);
  std::string csv = "path,label,fold\n";
  const auto add = [&](const std::string& name, const std::vector<float>& sound, const std::string& label, int fold) {
    audio::write_wav(folder / name, sound, audio::kSampleRateHz);
    csv += name + "," + label + "," + std::to_string(fold) + "\n";
  };
  for (const auto& [from, to] : std::vector<std::pair<int, int>>{{1, 1}, {2, 2}, {3, 4}, {5, 5}}) {
    const auto roosters = recordings("rooster", from), rains = recordings("rain", from);
    REQUIRE(std::min(roosters.size(), rains.size()) >= 8);
    for (std::size_t i = 0; i < 8; ++i) {
      const std::string name = std::to_string(from) + "_" + std::to_string(i);
      if (i < 2) {
        add("rooster_" + name + ".wav", load(roosters[i]), "rooster", to);
        add("rain_" + name + ".wav", load(rains[i]), "rain", to);
      } else {
        add("both_" + name + ".wav", mixed(load(roosters[i]), load(rains[i])), "rooster|rain", to);
      }
    }
  }
  write_file_atomically(folder / "clips.csv", csv);
}

}  // namespace

TEST_CASE("several labels at once: mixtures of real recordings, thresholds, and the classes detected",
          "[apps][assets]") {
  const testing::Workplace place;
  make_data(place / "my_sounds");
  const auto trained =
      place.run("trainer", {"--config", (testing::source_folder() / "configs/multi_label.yaml").string(), "--threads",
                            "1", "--set", "folds.train=[1, 2]"});
  INFO(trained.err);
  REQUIRE(trained.exit_code == 0);
  const auto result = nlohmann::json::parse(read_file(place / "experiments/multi_label/latest/result.json"));
  CHECK(result["test"]["clips"]["sample_count"] == 10);
  CHECK(result["test"]["clips"]["mean_average_precision"].get<double>() > 0.9);
  const auto& calibration = result["calibration"];
  for (const std::string name : {"rooster", "rain"}) {
    const double threshold = calibration["thresholds"][name].get<double>();
    CHECK(threshold > 0);
    CHECK(threshold < 1);
  }
  CHECK(calibration["validation"]["after"]["macro_f1"] >= calibration["validation"]["before"]["macro_f1"]);
  CHECK_THAT(read_file(place / "experiments/multi_label/latest/report.txt"), Contains("Thresholds: "));

  // What classifier lists is above the model's thresholds.
  const std::string model = "experiments/multi_label/latest/model.pt";
  const std::string clip = "my_sounds/both_5_3.wav";
  const auto listed = place.run("classifier", {"--model", model, "--json", clip});
  const auto all = place.run("classifier", {"--model", model, "--json", "--all", clip});
  REQUIRE(listed.exit_code == 0);
  REQUIRE(all.exit_code == 0);
  nlohmann::json expected = nlohmann::json::array();
  const auto every = nlohmann::json::parse(all.out);
  for (const auto& entry : every["classes"]) {
    if (entry["probability"].get<double>() >=
        calibration["thresholds"][entry["class"].get<std::string>()].get<double>()) {
      expected.push_back(entry);
    }
  }
  CHECK(every["classes"].size() == 2);
  CHECK(nlohmann::json::parse(listed.out)["classes"] == expected);
}

// SPDX-License-Identifier: Apache-2.0
#include "apps/small_place.h"
#include "apps/workplace.h"
#include "audio/waveform.h"
#include "support/files.h"
#include "support/random.h"
#include "text/csv.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdlib>
#include <set>

using namespace soundfold;
using Catch::Contains;
namespace fs = std::filesystem;

TEST_CASE("trainer --audit reports a copy, a silent file and a broken one, and trains nothing", "[apps]") {
  const testing::SmallPlace place;
  make_folder(place / "own/dog");
  make_folder(place / "own/cat");
  for (const auto& entry : fs::directory_iterator(place / "set/audio")) {
    const auto name = entry.path().filename().string();
    fs::copy_file(entry.path(), place / (name.substr(name.size() - 6) == "-0.wav" ? "own/dog" : "own/cat") / name);
  }
  fs::copy_file(place / "own/dog/1-11000-A-0.wav", place / "own/cat/copy.wav");
  audio::write_wav(place / "own/cat/silent.wav", std::vector<float>(16'000), 16'000);
  write_file_atomically(place / "own/cat/broken.wav", "no sound");
  write_file_atomically(place / "own.yaml", "name: own\ndata: {layout: folders, root: own}\n");
  const std::vector<std::string> audit{"--config", "own.yaml", "--audit", "--threads", "1"};

  const auto text = place.run("trainer", audit);
  CHECK_THAT(text, Contains("training would refuse these data") && Contains("Files of the same bytes: 1 error") &&
                       Contains("Unreadable files: 1 error") && Contains("fix: replace or delete cat/broken.wav") &&
                       Contains("is silent: -200.0 dBFS") && Contains("Classes\n"));
  CHECK_FALSE(fs::exists(place / "experiments"));
  auto more = audit;
  more.insert(more.end(), {"--json", "--page", "audit.html"});
  const auto json = nlohmann::json::parse(place.run("trainer", more));
  const auto is_copy = [](const auto& finding) { return finding["kind"] == "equal_bytes"; };
  const auto copy = std::find_if(json["findings"].begin(), json["findings"].end(), is_copy);
  REQUIRE(copy != json["findings"].end());
  CHECK((*copy)["clips"].size() == 2);
  CHECK_THAT((*copy)["sentence"].get<std::string>(), Contains("but have different labels"));
  CHECK_THAT(read_file(place / "audit.html"),
             Contains("Data audit") && Contains("copy.wav") && Contains("data:audio/"));
  CHECK(testing::run("trainer", {"--config", "own.yaml", "--page", "a.html"}, place.path()).exit_code == 2);
}

namespace {

struct Planted {
  std::set<std::string> wrong_labels, duplicates;  ///< ids
};

/// ESC-10 with 20 wrong labels and 10 duplicates, in another fold: softer by 3 dB, 50 ms later, at 16 kHz.
Planted plant(const testing::Workplace& place, std::uint64_t seed) {
  const auto table = CsvTable::read(testing::assets_folder() / "esc50/meta/esc50.csv");
  std::vector<std::size_t> rows;
  std::vector<std::string> classes;
  for (std::size_t row = 0; row < table.row_count(); ++row) {
    if (table.at(row, "esc10") != "True") continue;
    rows.push_back(row);
    const auto& category = table.at(row, "category");
    if (std::find(classes.begin(), classes.end(), category) == classes.end()) classes.push_back(category);
  }
  Random random(seed);
  for (std::size_t i = rows.size() - 1; i > 0; --i) {
    std::swap(rows[i], rows[static_cast<std::size_t>(random.integer(0, static_cast<int>(i)))]);
  }
  Planted planted;
  std::string csv = "path,label,fold,source\n";
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto& file = table.at(rows[i], "filename");
    const auto from = testing::assets_folder() / "esc50/audio" / file;
    if (!fs::exists(place / "planted" / file)) fs::copy_file(from, place / "planted" / file);
    auto label = table.at(rows[i], "category");
    const auto fold = table.integer_at(rows[i], "fold");
    if (i < 10) {
      auto sound = audio::load_waveform(from);
      for (auto& sample : sound) sample *= 0.708F;
      sound.insert(sound.begin(), 800, 0.0F);
      const std::string name = "again-" + std::to_string(seed) + "-" + std::to_string(i) + ".wav";
      audio::write_wav(place / "planted" / name, sound, audio::kSampleRateHz);
      csv += name + "," + label + "," + std::to_string(fold % 5 + 1) + "," + name + "\n";
      planted.duplicates.insert(name);
    } else if (i < 30) {
      const auto own = std::find(classes.begin(), classes.end(), label) - classes.begin();
      label = classes[static_cast<std::size_t>((own + random.integer(1, 9)) % 10)];
      planted.wrong_labels.insert(file);
    }
    csv += file + "," + label + "," + std::to_string(fold) + "," + table.at(rows[i], "src_file") + "\n";
  }
  write_file_atomically(place / "planted/clips.csv", csv);
  return planted;
}

/// How many of each are among the first 40 suspects: duplicates and labels, in the order of the findings.
std::pair<std::size_t, std::size_t> found_among_first(const nlohmann::json& json, const Planted& planted) {
  std::set<std::string> labels, copies;
  int suspects = 0;
  for (const auto& finding : json["findings"]) {
    const bool label = finding["kind"] == "label_suspect";
    if ((!label && finding["kind"] != "near_duplicate" && finding["kind"] != "equal_bytes") || ++suspects > 40)
      continue;
    for (const auto& clip : finding["clips"]) {
      const auto id = clip["id"].get<std::string>();
      if (label && clip == finding["clips"][0] && planted.wrong_labels.count(id) > 0) labels.insert(id);
      if (!label && planted.duplicates.count(id) > 0) copies.insert(id);
    }
  }
  return {labels.size(), copies.size()};
}

}  // namespace

TEST_CASE("wrong labels and duplicates planted into ESC-10 are among the first suspects", "[apps][assets]") {
  const testing::Workplace place;
  make_folder(place / "planted");
  write_file_atomically(place / "planted.yaml",
                        "name: planted\ndata: {layout: csv, manifest: planted/clips.csv}\n"
                        "protocol: {type: cross_validation}\n");
  // k and the weights of the votes were chosen on other seeds; docs/audit.md has what five of these give.
  const char* seeds = std::getenv("SOUNDFOLD_AUDIT_SEEDS");
  for (int seed = 101; seed < 101 + (seeds == nullptr ? 1 : std::atoi(seeds)); ++seed) {
    const auto planted = plant(place, static_cast<std::uint64_t>(seed));
    const auto result = place.run("trainer", {"--config", "planted.yaml", "--audit", "--json", "--threads", "1"});
    INFO(result.err);
    REQUIRE(result.exit_code == 0);
    const auto [labels, copies] = found_among_first(nlohmann::json::parse(result.out), planted);
    WARN("seed " << seed << ": " << labels << " of 20 wrong labels and " << copies << " of 10 duplicates");
    CHECK(labels >= 18);
    CHECK(copies >= 9);
  }
}

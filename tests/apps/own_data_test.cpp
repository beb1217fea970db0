// SPDX-License-Identifier: Apache-2.0
// People's own sounds without any YAML: trainer FOLDER, trainer FILE.csv and trainer --check, as they are typed.
#include "apps/small_place.h"
#include "apps/synthetic_sounds.h"
#include "support/files.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>

using namespace soundfold;
using Catch::Contains;
using testing::Kind;
namespace fs = std::filesystem;

namespace {

void add_sounds(const fs::path& folder, Kind kind, int first, int count) {
  for (int number = first; number < first + count; ++number) testing::write_synthetic_sound(folder, kind, number);
}

/// Three classes in train/ and test/, in five formats; one file is broken, one hidden, one a copy, three are nested.
void messy_folder(const testing::SmallPlace& place) {
  const auto root = place / "my sounds";
  add_sounds(root / "train/beeps", Kind::beeps, 0, 6);
  add_sounds(root / "train/noise", Kind::noise, 0, 6);
  add_sounds(root / "train/knocks", Kind::knocks, 0, 3);
  add_sounds(root / "train/knocks/monday", Kind::knocks, 3, 3);
  add_sounds(root / "test/beeps", Kind::beeps, 6, 3);
  add_sounds(root / "test/noise", Kind::noise, 6, 3);
  add_sounds(root / "test/knocks", Kind::knocks, 6, 3);
  write_file_atomically(root / "train/beeps/broken.wav", "this is not a sound");
  write_file_atomically(root / "train/beeps/.hidden.wav", "nor is this");
  fs::copy_file(root / "train/noise/sound0.wav", root / "train/noise/copy.wav");
}

/// Three classes of five sounds.
fs::path plain_folder(const fs::path& root) {
  add_sounds(root / "beeps", Kind::beeps, 0, 5);
  add_sounds(root / "noise", Kind::noise, 0, 5);
  add_sounds(root / "knocks", Kind::knocks, 0, 5);
  return root;
}

testing::ProgramResult run_trainer(const testing::SmallPlace& place, std::vector<std::string> arguments) {
  arguments.insert(arguments.end(), {"--threads", "1"});
  return testing::run("trainer", arguments, place.path());
}

}  // namespace

TEST_CASE("trainer FOLDER trains on a messy folder and says in 15 lines what it understood", "[apps]") {
  const testing::SmallPlace place;
  messy_folder(place);
  const auto trained = run_trainer(place, {"my sounds/", "--set", "training.epochs=4"});
  INFO(trained.err);
  REQUIRE(trained.exit_code == 0);
  const auto understood = trained.err.substr(0, trained.err.find("device: "));
  CHECK(std::count(understood.begin(), understood.end(), '\n') <= 15);
  CHECK_THAT(understood, Contains("my sounds: 3 classes, 29 clips, ") && Contains("classes: beeps 10 (") &&
                             Contains("knocks 9 (") && Contains("noise 10 (") &&
                             Contains("splits: as the data give them: train ") && Contains("test 9") &&
                             Contains("own folders for splits") &&
                             Contains("formats: mixed, 8 kHz to 48 kHz, 1 to 2 channels") &&
                             Contains("unreadable: 1 file, left out: train/beeps/broken.wav (") &&
                             Contains("1 system file") && Contains("have the same bytes"));
  CHECK_THAT(understood, Contains("name=my_sounds") && Contains("backbone.taps=[8]") &&
                             Contains("head.pooling=mean_max") && Contains("training.epochs=4"));

  const auto run = fs::canonical(place / "experiments/my_sounds/latest");
  const auto result = nlohmann::json::parse(read_file(run / "result.json"));
  CHECK(result["data"]["classes"] == nlohmann::json({"beeps", "knocks", "noise"}));
  CHECK(result["data"]["test"]["clips"] == 9);
  CHECK(result["data"]["skipped_clips"].size() == 1);
  CHECK(fs::exists(run / "model.pt"));
  const std::string again = "Again: " + testing::program_path("trainer").string() + " --config experiments/my_sounds/" +
                            run.filename().string() + "/config.yaml\n";
  CHECK_THAT(trained.out, Contains("clips right") && Contains("/9), 95 % interval ") && Contains(again) &&
                              !Contains("now points here"));
  CHECK_THAT(read_file(run / "report.txt"),
             Contains("Terms are explained in docs/glossary.md") && Contains("Clips right: 95 % interval "));
  const auto repeated = run_trainer(place, {"--config", (run / "config.yaml").string(), "--skip-finished"});
  INFO(repeated.err);
  CHECK(repeated.exit_code == 0);
  CHECK_THAT(repeated.out, Contains("was finished before with the same settings, data and weights"));
}

TEST_CASE("without YAMNet trainer FOLDER uses the network that comes with Soundfold", "[apps]") {
  const testing::SmallPlace place;
  fs::remove(place / "data/yamnet.pt");
  fs::copy(testing::source_folder() / "models", place / "models", fs::copy_options::recursive);
  plain_folder(place / "own");
  const auto trained = run_trainer(place, {"own", "--set", "training.epochs=2"});
  INFO(trained.err);
  REQUIRE(trained.exit_code == 0);
  CHECK_THAT(trained.err, Contains("data/yamnet.pt is missing: data/soundfold-small.pt is used") &&
                              Contains("make dogcat") && Contains("backbone.weights=data/soundfold-small.pt"));
  CHECK(fs::exists(place / "data/soundfold-small.pt"));
  CHECK(fs::exists(place / "experiments/own/latest/model.pt"));
}

TEST_CASE("trainer --check says that the smaller network is used in place of YAMNet's", "[apps]") {
  const testing::SmallPlace place;
  fs::remove(place / "data/yamnet.pt");
  fs::copy(testing::source_folder() / "models", place / "models", fs::copy_options::recursive);
  plain_folder(place / "own");
  const auto checked = run_trainer(place, {"--check", "own"});
  INFO(checked.out << checked.err);
  CHECK(checked.exit_code == 0);
  CHECK_THAT(checked.out, Contains("data/yamnet.pt is missing: data/soundfold-small.pt is used") &&
                              Contains("YAMNet, which is more accurate"));
  CHECK_FALSE(fs::exists(place / "data/soundfold-small.pt"));
}

TEST_CASE("one's own folder is cross-validated as docs/protocols.md prints it", "[apps]") {
  const testing::SmallPlace place;
  plain_folder(place / "my_sounds");
  const auto page = read_file(testing::source_folder() / "docs/protocols.md");
  const auto begin = page.find("trainer my_sounds/ ");
  REQUIRE(begin != std::string::npos);
  const auto command = page.substr(begin, page.find('\n', begin) - begin);
  const auto program = testing::program_path("trainer").string();
  const auto run =
      testing::run("/bin/sh", {"-c", "'" + program + "'" + command.substr(7) + " --set training.epochs=2 --threads 1"},
                   place.path());
  INFO(command << run.err);
  CHECK(run.exit_code == 0);
  CHECK(fs::exists(place / "experiments/my_sounds/latest/model.safetensors"));
}

TEST_CASE("an audit of class folders says which file to move or delete", "[apps]") {
  const testing::SmallPlace place;
  const auto root = plain_folder(place / "own");
  fs::copy_file(root / "noise/sound0.wav", root / "knocks/copy.wav");
  for (const char* look : {"--check", "--audit"}) {
    const auto printed = run_trainer(place, {look, "own"});
    INFO(printed.out << printed.err);
    CHECK_THAT(printed.out, Contains("fix: delete ") && Contains(", the same bytes as ") && !Contains("fix: knocks/"));
  }
}

TEST_CASE("a class of too few files is one line, before anything is embedded", "[apps]") {
  const testing::SmallPlace place;
  plain_folder(place / "own");
  add_sounds(place / "own/rare", Kind::beeps, 11, 2);
  const auto refused = run_trainer(place, {"own"});
  CHECK(refused.exit_code == 1);
  CHECK_THAT(refused.err, Contains("trainer: error: classes of fewer than 3 files that can be read: rare 2; ") &&
                              Contains("--set 'data.classes=[beeps, knocks, noise]'"));
  CHECK_FALSE(fs::exists(place / "data/embeddings"));
  CHECK_FALSE(fs::exists(place / "experiments"));
}

TEST_CASE("trainer FILE.csv splits by the CSV's folds and names columns that it does not use", "[apps]") {
  const testing::SmallPlace place;
  plain_folder(place / "own");
  std::string csv = "path,label,fold,weather\n";
  for (const auto& entry : fs::recursive_directory_iterator(place / "own")) {
    if (!entry.is_regular_file()) continue;
    const auto stem = entry.path().stem().string();
    const int fold = 1 + (stem.back() - '0') % 3;
    csv += entry.path().lexically_relative(place / "own").string() + "," +
           entry.path().parent_path().filename().string() + "," + std::to_string(fold) + ",rain\n";
  }
  write_file_atomically(place / "own/clips.csv", csv);
  const auto printed = run_trainer(place, {"own/clips.csv", "--print-config"});
  INFO(printed.err);
  CHECK_THAT(printed.out, Contains("name: clips\n") && Contains("manifest: own/clips.csv\n") &&
                              Contains("  train: [1]\n  validation: [2]\n  test: [3]\n"));
  const auto trained = run_trainer(place, {"own/clips.csv", "--set", "training.epochs=2"});
  INFO(trained.err);
  CHECK(trained.exit_code == 0);
  CHECK_THAT(trained.err, Contains("columns not used: weather") && Contains("test fold 3"));
}

TEST_CASE("trainer --check tells what training would do, and its exit code whether it would start", "[apps]") {
  const testing::SmallPlace place;
  const auto root = plain_folder(place / "own");
  const auto good = run_trainer(place, {"--check", "own"});
  INFO(good.out << good.err);
  CHECK(good.exit_code == 0);
  CHECK_THAT(good.out, Contains("own: 3 classes, 15 clips") && Contains("cost: 15 clips") &&
                           Contains("1 training of at most 150 epochs") &&
                           Contains("Nothing keeps a training from starting."));
  CHECK_FALSE(fs::exists(place / "experiments"));
  CHECK_FALSE(fs::exists(place / "data/embeddings"));

  fs::copy_file(root / "noise/sound0.wav", root / "knocks/copy.wav");
  write_file_atomically(root / "beeps/broken.wav", "no sound");
  const auto bad = run_trainer(place, {"--check", "own", "--json"});
  CHECK(bad.exit_code == 1);
  const auto json = nlohmann::json::parse(bad.out);
  REQUIRE(json["obstacles"].size() == 1);
  CHECK_THAT(json["obstacles"][0].get<std::string>(), Contains("but have different classes; remove the wrong one"));
  const auto has = [&](const char* kind) {
    return std::any_of(json["findings"].begin(), json["findings"].end(),
                       [&](const auto& finding) { return finding["kind"] == kind; });
  };
  CHECK(has("equal_bytes"));
  CHECK(has("unreadable"));
  CHECK(json["clips"] == 17);
  CHECK(run_trainer(place, {"own", "--set", "training.epochs=1"}).exit_code == 1);  // as the check says

  CHECK(run_trainer(place, {"--check", "--config", "a.yaml"}).exit_code == 0);
  fs::remove(place / "data/yamnet.pt");
  const auto missing = run_trainer(place, {"--check", "--config", "a.yaml"});
  CHECK(missing.exit_code == 1);
  CHECK_THAT(missing.out, Contains("A training would be refused: backbone.weights: data/yamnet.pt: no such file") &&
                              Contains("make dogcat"));
}

TEST_CASE("data and configuration exclude each other, and each mistake is one line", "[apps]") {
  const testing::SmallPlace place;
  plain_folder(place / "own");
  const auto refused = [&](const std::vector<std::string>& arguments, const std::string& part) {
    const auto result = run_trainer(place, arguments);
    INFO(result.err);
    CHECK(result.exit_code == 2);
    CHECK_THAT(result.err, Contains(part));
  };
  refused({}, "give a folder of sounds, --config FILE, or --resume FOLDER");
  refused({"own", "--config", "a.yaml"}, "excludes");
  refused({"a.yaml"}, "give it as --config a.yaml");
  refused({"nowhere"}, "'nowhere' does not exist");
  refused({"own", "--set", "data.root=set"}, "--set data.root=...: the data are 'own'");
  refused({"own", "--json"}, "--json is for --check and --audit");
  refused({"own", "--check", "--audit"}, "excludes");
}

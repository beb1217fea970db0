// SPDX-License-Identifier: Apache-2.0
#include "apps/small_place.h"
#include "audio/waveform.h"
#include "support/files.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <map>

using namespace soundfold;
using Catch::Contains;
using testing::SmallPlace;
namespace fs = std::filesystem;

namespace {

nlohmann::json evaluated(const SmallPlace& place, std::vector<std::string> arguments) {
  arguments.emplace_back("--json");
  return nlohmann::json::parse(place.run("evaluator", arguments));
}

testing::ProgramResult evaluator_refused(const SmallPlace& place, const std::vector<std::string>& arguments) {
  auto result = testing::run("evaluator", arguments, place.path());
  INFO(result.err);
  CHECK(result.exit_code == 2);
  return result;
}

std::size_t overlap(const nlohmann::json& result) {
  return result.at("overlap").at("trained_on").size();
}

}  // namespace

TEST_CASE("evaluator counts the clips that the model was trained on", "[apps]") {
  const SmallPlace place;
  const auto model = (place.train("1") / "model.pt").string();
  const auto test = evaluated(place, {"--model", model});
  CHECK(test["clips"]["sample_count"] == 2);
  CHECK(overlap(test) == 0);
  CHECK(test["overlap"]["validated_on"].empty());
  CHECK_THAT(place.run("evaluator", {"--model", model}), Contains("Not used in training: all 2 clips"));

  const auto train = evaluated(place, {"--model", model, "--split", "train"});
  CHECK(train["clips"]["sample_count"] == 6);
  CHECK(overlap(train) == 6);
  CHECK_THAT(place.run("evaluator", {"--model", model, "--split", "train"}),
             Contains("WARNING: the model was trained on 6 of the 6 clips"));

  // Another split of the same data, as someone else may choose it: fold 3 was trained on.
  const auto other = evaluated(place, {"--model", model, "--set", "folds.train=[1]", "--set", "folds.test=[3, 5]"});
  CHECK(other["clips"]["sample_count"] == 4);
  CHECK(overlap(other) == 2);

  const auto all = evaluated(place, {"--model", model, "--split", "all"});
  CHECK(all["clips"]["sample_count"] == 10);
  CHECK(overlap(all) == 6);
  CHECK(all["overlap"]["validated_on"].size() == 2);
}

TEST_CASE("evaluator tests on every clip of a folder, with any of the model's classes", "[apps]") {
  const SmallPlace place;
  const auto model = (place.train("1") / "model.pt").string();
  place.run("synthesizer",
            {"--out", "new", "--kinds", "dog,cat,rain", "--clips-per-fold", "1", "--seconds", "1", "--seed", "77"});
  const auto audio = place / "new/audio";
  std::map<std::string, std::vector<fs::path>> sounds;  // by ESC-50's target number, the last part of a name
  for (const auto& entry : fs::directory_iterator(audio)) {
    const auto name = entry.path().stem().string();
    sounds[name.substr(name.rfind('-') + 1)].push_back(entry.path());
  }
  REQUIRE(sounds.size() == 3);
  const auto copy = [&](const std::string& target, const std::string& folder) {
    make_folder(place / "mine" / folder);
    for (const auto& file : sounds.at(target)) fs::copy_file(file, place / "mine" / folder / file.filename());
  };
  copy("0", "Dog");    // written otherwise than the model's class
  copy("10", "rain");  // not one of the model's
  write_file_atomically(place / "mine/Dog/broken.wav", "RIFF, and nothing more");
  fs::copy_file(*fs::directory_iterator(place / "set/audio"), place / "mine/Dog/seen.wav");

  const auto result = evaluated(place, {model, "mine"});
  CHECK(result["clips"]["sample_count"] == 6);  // five dogs and one of the training set's sounds
  CHECK(result["skipped_clips"] == nlohmann::json({"Dog/broken.wav"}));
  CHECK_THAT(result["notes"][0].get<std::string>(), Contains("left out 5 clips of 1 class") && Contains("rain"));
  CHECK(result["class_names"] == nlohmann::json({"dog", "cat"}));
  CHECK(result["clips"]["classes"][1]["support"] == 0);
  CHECK(evaluated(place, {"--model", model, "mine"}) == result);
  const auto text = place.run("evaluator", {model, "mine"});
  CHECK_THAT(text, Contains("Skipped 1 clip that cannot be read") && Contains("broken.wav"));

  fs::rename(place / "mine/Dog", place / "mine/horn");
  CHECK_THAT(evaluator_refused(place, {model, "mine"}).err,
             Contains("the model has none of the classes of the data: it knows dog, cat, the data have horn, rain"));
  CHECK_THAT(evaluator_refused(place, {model, "mine", "--split", "test"}).err, Contains("leave --split out"));
  CHECK_THAT(evaluator_refused(place, {model, "mine", "--set", "seed=3"}).err,
             Contains("has no effect on all clips of a folder"));
}

TEST_CASE("evaluator finds the latest finished run of an experiment", "[apps]") {
  const SmallPlace place;
  CHECK_THAT(evaluator_refused(place, {"--config", "a.yaml"}).err,
             Contains("experiments/a holds no finished run; train one with: trainer --config a.yaml"));
  const auto first = place.train("1");
  const auto second = place.train("1", "6");
  const auto latest = evaluated(place, {"--config", "a.yaml"});
  CHECK(fs::equivalent(place / latest["model"].get<std::string>(), second / "model.pt"));
  const auto named = evaluated(place, {"--run", first.string()});
  CHECK(named["model"] == (first / "model.pt").string());
  CHECK(named["clips"] != latest["clips"]);
  CHECK_THAT(place.run("evaluator", {"--config", "a.yaml"}), Contains("Model: experiments/a/"));
  // The data are those of the configuration, whatever the run had.
  CHECK(evaluated(place, {"--config", "a.yaml", "--run", first.string(), "--set", "folds.test=[5, 4]", "--set",
                          "folds.validation=[]"})["clips"]["sample_count"] == 4);
  CHECK(evaluated(place, {"--config", "a.yaml", "--set", "name=a"})["model"] == latest["model"]);

  // What a run was made with decides, and the difference is logged.
  place.run("trainer",
            {"--config", "a.yaml", "--threads", "1", "--set", "folds.train=[1, 2]", "--set", "folds.test=[3, 5]"});
  const auto other = testing::run("evaluator", {"--config", "a.yaml"}, place.path());
  CHECK(other.exit_code == 0);
  CHECK_THAT(other.out, Contains("(the latest finished run)") && Contains("test split, 4 clips") &&
                            Contains("Not used in training: all 4 clips"));
  CHECK_THAT(other.err, Contains("folds.test is [5] in a.yaml and [3, 5] in the run, which decides"));
}

TEST_CASE("evaluator refuses settings that it does not read, in one line", "[apps]") {
  const SmallPlace place;
  const auto run = place.train("1").string();
  const auto model = run + "/model.pt";
  CHECK_THAT(evaluator_refused(place, {}).err,
             Contains("give a model (--model FILE), a run (--run FOLDER) or an experiment"));
  CHECK_THAT(evaluator_refused(place, {"--model", model, "--run", run}).err, Contains("not both"));
  CHECK_THAT(evaluator_refused(place, {"--run", "nowhere"}).err, Contains("nowhere: no such run folder"));
  CHECK_THAT(evaluator_refused(place, {"--model", model, "--set", "training.epochs=3"}).err,
             Contains("--set training.epochs=3 has no effect on an evaluation, which reads data.*, folds.* and seed"));
  fs::remove(fs::path(run) / "model.pt");
  CHECK_THAT(evaluator_refused(place, {"--run", run}).err, Contains("holds no model.pt"));
}

TEST_CASE("evaluator writes a page with the numbers of its JSON and the sounds", "[apps]") {
  const SmallPlace place;
  const auto model = (place.train("1") / "model.pt").string();
  const auto file = place.path() / "page.html";
  const auto result = evaluated(place, {"--model", model, "--report", file.string()});
  const auto html = read_file(file);
  CHECK_THAT(html, Contains(std::to_string(result["clips"]["correct"].get<int>()) + " of 2 clips right"));
  CHECK_THAT(html, Contains("src=\"data:audio/"));
  CHECK_THAT(html, Contains("data:image/png;base64,"));
  CHECK_THAT(html, Contains("id=\"curves\""));

  place.run("evaluator", {"--model", model, "--report", file.string(), "--report-audio", "none"});
  CHECK_THAT(read_file(file), !Contains("<audio"));
  evaluator_refused(place, {"--model", model, "--report", file.string(), "--report-audio", "loud"});
}

TEST_CASE("evaluator shows what the backbone's own classes make of each clip", "[apps]") {
  const SmallPlace place;
  const auto model = (place.train("1") / "model.pt").string();
  const auto text = place.run("evaluator", {"--model", model, "--backbone-classes"});
  CHECK_THAT(text, Contains("Untrained: always ") && Contains("this model") && Contains("own classes"));
  const auto result = evaluated(place, {"--model", model, "--backbone-classes"});
  REQUIRE(result["backbone_classes"].size() == 2);
  for (const auto& clip : result["backbone_classes"]) {
    CHECK_THAT(text, Contains(clip["clip"].get<std::string>()));
    REQUIRE(clip["backbone"].size() == 3);
    double before = 1;
    for (const auto& heard : clip["backbone"]) {
      CHECK(heard["score"].get<double>() <= before);
      before = heard["score"].get<double>();
      CHECK_THAT(text, Contains(heard["name"].get<std::string>()));
    }
    // The same classes as the network itself gives for that file.
    const auto file = "set/" + clip["clip"].get<std::string>();
    const auto own = nlohmann::json::parse(place.run("classifier", {"--model", "data/yamnet.pt", "--json", file}));
    CHECK(own["classes"][0]["class"] == clip["backbone"][0]["name"]);
    CHECK(own["classes"][0]["probability"].get<double>() ==
          Approx(clip["backbone"][0]["score"].get<double>()).margin(1e-5));
  }
  const auto plain = evaluated(place, {"--model", model});
  CHECK_FALSE(plain.contains("backbone_classes"));
  CHECK(plain["baselines"] == result["baselines"]);
  CHECK(plain["baselines"][0]["correct"] == 1);
  CHECK(plain["baselines"][1]["what"].get<std::string>().find("own classes") != std::string::npos);
}

// SPDX-License-Identifier: Apache-2.0
#include "config/options.h"

#include "config/load.h"
#include "config/print.h"
#include "config/relevance.h"
#include "dataset/logged.h"

#include <catch2/catch.hpp>

#include <set>
#include <variant>

using namespace soundfold::config;

TEST_CASE("the printed configuration reads back to the same one", "[config]") {
  const auto e = parse_experiment(
      "name: x.y-1\nseed: 7\ndata: {classes: ['yes', '12', 'a, b', 'true', 'do: re', \"l\\nm\", '-dash', caf\u00e9]}\n"
      "optimizer: {learning_rate: 0.1}\nobjective: {class_weights: given, class_weight_values: [1, "
      "0.3333333333333333]}\n",
      "a.yaml");
  const std::string printed = to_yaml(e);
  const auto again = parse_experiment(printed, "printed");
  CHECK(to_yaml(again) == printed);
  CHECK(again.data.classes == e.data.classes);
  CHECK(again.objective.class_weight_values == e.objective.class_weight_values);
  CHECK(again.optimizer.learning_rate == 0.1);
}

TEST_CASE("keys are unique, explained, and their defaults keep their own rules", "[config]") {
  Experiment defaults;
  std::set<std::string> keys;
  for (const auto& option : options_of(defaults)) {
    INFO(option.key);
    CHECK(keys.insert(option.key).second);
    CHECK(option.meaning.size() > 10);
    CHECK(option.meaning.back() == '.');
    if (option.key == "name") continue;
    const auto dot = option.key.find('.');
    const std::string yaml = dot == std::string::npos ? option.key + ": " + value_text(option)
                                                      : option.key.substr(0, dot) + ":\n  " +
                                                            option.key.substr(dot + 1) + ": " + value_text(option);
    for (const auto program : {Program::trainer, Program::distiller}) {
      if (reads(program, option.key)) CHECK_NOTHROW(parse_experiment(yaml, "default", ".", {}, program));
    }
  }
  CHECK(keys.size() > 40);
}

TEST_CASE("every value of an option with a list of names is read and printed by its name, and no other is",
          "[config]") {
  Experiment experiment;
  int choices = 0;
  for (const auto& option : options_of(experiment)) {
    const auto* choice = std::get_if<soundfold::Choice>(&option.target);
    if (choice == nullptr) continue;
    ++choices;
    INFO(option.key);
    for (const auto& name : choice->names) {
      CHECK(choice->set(name));
      CHECK(value_text(option) == name);
    }
    CHECK_FALSE(choice->set("no such value"));
    CHECK(value_text(option) == choice->names.back());
    const auto program = reads(Program::trainer, option.key) ? Program::trainer : Program::distiller;
    CHECK_THROWS_WITH(parse_experiment("", "a.yaml", ".", {option.key + "=other"}, program),
                      Catch::Contains(option.key + ": must be a string, one of " + choice->names.front() + ", ") &&
                          Catch::Contains("; given: other"));
  }
  CHECK(choices == 27);
}

TEST_CASE("the table of names is in the order of the enums", "[config]") {
  using soundfold::name_of;
  CHECK(name_of(Program::distiller) == "distiller");
  CHECK(name_of(Layout::csv) == "csv");
  CHECK(name_of(Channels::loudest) == "loudest");
  CHECK(name_of(BadClips::skip) == "skip");
  CHECK(name_of(ProtocolType::cross_validation) == "cross_validation");
  CHECK(name_of(FoldSource::each_source) == "each_source");
  CHECK(name_of(ValidationFold::next) == "next");
  CHECK(name_of(FinalModel::all_folds) == "all_folds");
  CHECK(name_of(Engine::torchscript) == "torchscript");
  CHECK(name_of(Precision::bfloat16) == "bfloat16");
  CHECK(name_of(TrainedPart::last_blocks) == "last_blocks");
  CHECK(name_of(SilentUse::drop) == "drop");
  CHECK(name_of(SilenceMeasure::score) == "score");
  CHECK(name_of(HeadInput::scores) == "scores");
  CHECK(name_of(Activation::gelu) == "gelu");
  CHECK(name_of(Normalization::layer) == "layer");
  CHECK(name_of(Pooling::mean_max) == "mean_max");
  CHECK(name_of(Scaling::rms) == "rms");
  CHECK(name_of(Loss::focal) == "focal");
  CHECK(name_of(ClassWeights::balanced) == "balanced");
  CHECK(name_of(StudentInit::teacher) == "teacher");
  CHECK(name_of(OptimizerType::adamw) == "adamw");
  CHECK(name_of(ScheduleType::one_cycle) == "one_cycle");
  CHECK(name_of(Metric::validation_accuracy) == "validation_accuracy");
  CHECK(name_of(MonitorMode::automatic) == "auto");
}

TEST_CASE("known classes are a map, and the list of the first versions is read", "[config]") {
  const auto known = [](const std::string& yaml, const std::vector<std::string>& overrides = {}) {
    return parse_experiment(yaml, "a.yaml", ".", overrides).head.known_classes;
  };
  const NameLists expected = {{"dog", {"Dog", "Bark"}}, {"a, b", {"Crowing, cock-a-doodle-doo"}}};
  const std::string map = "head:\n  known_classes:\n    dog: [Dog, Bark]\n    'a, b': ['Crowing, cock-a-doodle-doo']\n";
  CHECK(known(map) == expected);
  CHECK(known("head: {known_classes: [dog = Dog, 'a, b=Crowing, cock-a-doodle-doo', dog = Bark]}") == expected);
  CHECK(known(map, {"head.known_classes={hen: [Cluck]}"}) == NameLists{{"hen", {"Cluck"}}});
  CHECK(known(map, {"head.known_classes=[]"}).empty());
  const auto printed = to_yaml(parse_experiment(map, "a.yaml"));
  CHECK_THAT(printed,
             Catch::Contains("  known_classes: {dog: [Dog, Bark], \"a, b\": [\"Crowing, cock-a-doodle-doo\"]}\n"));
  CHECK(known(printed) == expected);
  CHECK_THAT(to_yaml(Experiment()), Catch::Contains("  known_classes: []\n"));
  for (const std::string wrong : {"[dog]", "dog", "{dog: {a: Dog}}", "{dog: []}", "[= Dog]"}) {
    INFO(wrong);
    CHECK_THROWS_WITH(known("head: {known_classes: " + wrong + "}"),
                      Catch::Contains("a.yaml:1: head.known_classes: must be a map of lists of strings; given: "));
  }
  const auto hint = [&](const std::string& yaml) { return soundfold::testing::logged([&] { known(yaml); }); };
  CHECK(hint("head: {known_classes: [dog = Dog, dog = Bark]}") ==
        "[info] a.yaml:1: head.known_classes: a list of 'own = theirs' is read, but a map is shorter: "
        "{dog: [Dog, Bark]}\n");
  CHECK(hint(map).empty());
  CHECK_THROWS_WITH(known("head:\n  known_classes:\n    dog: [Dog]\n    dog: [Bark]\n"),
                    Catch::Contains("a.yaml:2: head.known_classes.dog: given twice"));
}

TEST_CASE("names of former versions are read, and a line says today's", "[config]") {
  const auto read = [](const std::string& yaml, const std::vector<std::string>& overrides = {}) {
    return parse_experiment(yaml, "a.yaml", ".", overrides);
  };
  CHECK(read("head: {pooling: frame}\nsilence: {frames: drop}").silence.windows == SilentUse::drop);
  CHECK(read("", {"silence.frames=weight"}).silence.windows == SilentUse::weight);
  CHECK(soundfold::choice_named<Pooling>("frame") == Pooling::window);
  const auto printed = to_yaml(read("head: {pooling: frame}\nsilence: {frames: drop}"));
  CHECK_THAT(printed, Catch::Contains("  pooling: window\n") && Catch::Contains("  windows: drop\n"));
  CHECK_THROWS_WITH(read("silence: {frames: drop, windows: keep}"),
                    Catch::Contains("a.yaml:1: silence.windows: given twice"));
  const auto sweep = "sweep: {values: {silence.frames: [keep, drop], head.pooling: [frame, window]}}";
  CHECK(sweep_keys(read(sweep).sweep) == std::vector<std::string>{"silence.windows", "head.pooling"});
  CHECK(sweep_members(read(sweep)).size() == 2);

  const auto hints = [&](const std::string& yaml) { return soundfold::testing::logged([&] { read(yaml); }); };
  CHECK(hints("silence: {frames: drop}") ==
        "[info] a.yaml:1: silence.frames is now called silence.windows; the old name is read too\n");
  CHECK(hints("head:\n  pooling: frame\n") ==
        "[info] a.yaml:2: head.pooling: frame is now called window; the old name is read too\n");
  CHECK(hints("head: {pooling: window}\nsilence: {windows: drop}").empty());
  CHECK(soundfold::testing::logged([] { stored_experiment("silence: {frames: drop}", "config.yaml"); }).empty());
}

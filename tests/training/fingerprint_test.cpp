// SPDX-License-Identifier: Apache-2.0
#include "training/fingerprint.h"

#include "config/options.h"
#include "training/synthetic.h"

#include <catch2/catch.hpp>

#include <optional>

using namespace soundfold;

namespace {

training::Fingerprint print_of(const training::Settings& settings) {
  return training::make_fingerprint(settings, testing::make_clips(6, 2, 2, 1), {}, 2);
}

/// Gives every option another value than its default, whether it is allowed or not.
void change_every_option(config::Experiment& experiment) {
  struct Change {
    void operator()(bool* value) const { *value = !*value; }
    void operator()(std::int64_t* value) const { *value += 3; }
    void operator()(double* value) const { *value += 0.25; }
    void operator()(std::optional<double>* value) const { *value = value->value_or(0) + 0.25; }
    void operator()(std::string* value) const { *value += "x"; }
    void operator()(const Choice& choice) const { choice.set(choice.names.back()); }
    void operator()(std::vector<std::int64_t>* value) const { value->push_back(5); }
    void operator()(std::vector<double>* value) const { value->push_back(0.5); }
    void operator()(std::vector<std::string>* value) const { value->push_back("y"); }
    void operator()(config::NameLists* value) const { value->push_back({"dog", {"Dog", "Bark"}}); }
  };
  for (const auto& option : config::options_of(experiment)) std::visit(Change(), option.target);
}

}  // namespace

TEST_CASE("a fingerprint holds the values of every deciding option under its key", "[training]") {
  config::Experiment experiment;
  change_every_option(experiment);
  experiment.schedule.type = config::ScheduleType::cosine;  // training.epochs decides
  auto print = print_of(training::training_settings(experiment));
  for (const std::string data : {"training data", "training labels", "validation data", "number of classes"})
    CHECK(print.erase(data) == 1);
  for (const auto& option : config::options_of(experiment)) {
    const auto found = print.find(option.key);
    const auto group = option.key.substr(0, option.key.find('.'));
    const bool decides = option.key == "seed" || (group == "head" && option.key != "head.append") ||
                         group == "objective" || group == "optimizer" || group == "schedule" ||
                         group == "augmentation" || group == "training" || group == "early_stopping";
    INFO(option.key);
    if (decides) REQUIRE(found != print.end());
    if (found == print.end()) continue;
    // This text is as old as the checkpoints that hold it.
    CHECK(found->second ==
          (option.key == "head.known_classes" ? "[\"dog = Dog\", \"dog = Bark\"]" : config::value_text(option)));
    if (!decides) CHECK(group == "backbone");
    print.erase(found);
  }
  CHECK(print.empty());
}

TEST_CASE("the trained backbone's options are in the fingerprint only when it is trained", "[training]") {
  training::Settings settings;
  CHECK(print_of(settings).count("backbone.train") == 0);
  settings.backbone.train = config::TrainedPart::last_blocks;
  const auto print = print_of(settings);
  for (const std::string name :
       {"train", "train_blocks", "learning_rate", "warmup_epochs", "weight_decay", "layer_decay"}) {
    CHECK(print.count("backbone." + name) == 1);
  }
  CHECK(print.count("backbone.weights") == 0);
}

TEST_CASE("the defaults of settings are those of an experiment", "[training]") {
  config::Experiment experiment;
  training::Settings settings;
  experiment.backbone.train = settings.backbone.train = config::TrainedPart::all;
  CHECK(training::differences(print_of(settings), print_of(training::training_settings(experiment))).empty());
}

TEST_CASE("a checkpoint's fingerprint does not hold the name of an experiment nor where it is run", "[training]") {
  config::Experiment experiment, renamed;
  renamed.name = "renamed";
  renamed.run.folder = "elsewhere";
  CHECK(print_of(training::training_settings(renamed)) == print_of(training::training_settings(experiment)));
}

TEST_CASE("a checkpoint from before there was an option goes with the option's default", "[training]") {
  auto before = print_of(training::Settings());
  before.erase("training.sampling");
  CHECK(training::differences(before, print_of(training::Settings())).empty());
  training::Settings balanced;
  balanced.training.sampling = config::Sampling::balanced;
  CHECK(training::differences(before, print_of(balanced)) == "training.sampling was not there, is balanced");
}

// SPDX-License-Identifier: Apache-2.0
#include "reference/internal/topics.h"

#include <algorithm>
#include <sstream>

namespace soundfold::reference {
namespace {

using config::Option;

/// Keys that most experiments set, in the order of listing.
constexpr const char* kCommonOfTrainer =
    "name data.layout data.root data.manifest data.classes folds.train folds.validation folds.test "
    "folds.validation_fraction folds.test_fraction backbone.weights head.hidden head.pooling training.epochs "
    "training.batch_size optimizer.learning_rate run.folder";
constexpr const char* kCommonOfDistiller =
    "name data.root backbone.weights student.width student.init distillation.folders distillation.crops "
    "training.epochs optimizer.learning_rate run.folder";

/// A heading, and the keys or (ending in a dot) groups of keys below it.
struct Row {
  const char* heading;
  const char* keys;
};
constexpr Row kRows[] = {
    {"Data: which recordings and classes, and how files are read (docs/datasets.md)", "data."},
    {"Splits: training, validation, test and cross-validation (docs/protocols.md)", "folds. protocol."},
    {"Backbone: the network before the head, and the store of its embeddings (docs/finetuning.md)", "backbone. store."},
    {"Silence: silent windows in training", "silence."},
    {"Head: the classifier that is trained (docs/training.md)", "head."},
    {"Loss: what training minimises", "objective."},
    {"Student: the smaller network (docs/finetuning.md)", "student."},
    {"Distillation: sounds and loss for the student (docs/finetuning.md)", "distillation."},
    {"Optimiser and learning rate", "optimizer. schedule."},
    {"Augmentation: changed copies of the training clips", "augmentation."},
    {"Length of the training, and when it stops", "training. early_stopping."},
    {"Answers: calibrated probabilities, thresholds, silence (docs/calibration.md)", "calibration. decision."},
    {"Run: seed, folder, device, threads and event files (docs/runs.md)", "seed run."},
    {"Report: the page that a run writes about itself (docs/report.md)", "report."},
};

/// Takes the options that `wanted` holds for out of `rest`.
template <typename Wanted>
std::vector<Option> take(std::vector<Option>& rest, const Wanted& wanted) {
  const auto others = std::stable_partition(rest.begin(), rest.end(), wanted);
  std::vector<Option> taken(std::make_move_iterator(rest.begin()), std::make_move_iterator(others));
  rest.erase(rest.begin(), others);
  return taken;
}

std::vector<std::string> words_of(const char* keys) {
  std::istringstream in(keys);
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

}  // namespace

std::vector<Topic> topics_of(config::Experiment& defaults) {
  auto rest = config::options_of(defaults, defaults.program);
  std::vector<Topic> topics;
  Topic common{"Common: what most experiments set", {}};
  for (const auto& key :
       words_of(defaults.program == config::Program::trainer ? kCommonOfTrainer : kCommonOfDistiller)) {
    for (auto& option : take(rest, [&](const Option& each) { return each.key == key; })) {
      common.options.push_back(std::move(option));
    }
  }
  topics.push_back(std::move(common));
  for (const auto& row : kRows) {
    const auto words = words_of(row.keys);
    auto options = take(rest, [&](const Option& option) {
      return std::any_of(words.begin(), words.end(), [&](const std::string& word) {
        return word.back() == '.' ? option.key.rfind(word, 0) == 0 : option.key == word;
      });
    });
    if (!options.empty()) topics.push_back({row.heading, std::move(options)});
  }
  if (!rest.empty()) topics.push_back({"Others", std::move(rest)});
  return topics;
}

}  // namespace soundfold::reference

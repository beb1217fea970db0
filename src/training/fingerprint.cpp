// SPDX-License-Identifier: Apache-2.0
#include "training/fingerprint.h"

#include "config/options.h"
#include "support/hashing.h"
#include "yaml/yaml_value.h"

#include <set>

namespace soundfold::training {
namespace {

constexpr std::int64_t kHashedAtATime = 4096;
constexpr const char* kTrainingData = "training data";
constexpr const char* kTrainingLabels = "training labels";
constexpr const char* kAbsent = "not there";
constexpr const char* kDigestMark = ", digest ";

const char* const kDecidingSections[] = {"head.",         "objective.", "optimizer.",     "schedule.",
                                         "augmentation.", "training.",  "early_stopping."};

/// The options that matter only when the backbone is trained.
bool trains_backbone(const std::string& key) {
  static const std::set<std::string> keys = {"backbone.train",         "backbone.train_blocks",
                                             "backbone.learning_rate", "backbone.warmup_epochs",
                                             "backbone.weight_decay",  "backbone.layer_decay"};
  return keys.count(key) > 0;
}

bool decides(const std::string& key, const Settings& settings) {
  if (key == "seed") return true;
  if (key == "head.append") return false;  // of the model, not of its training
  if (key == "training.epochs") return settings.schedule.looks_ahead();
  if (trains_backbone(key)) return settings.backbone.train != config::TrainedPart::none;
  for (const std::string section : kDecidingSections) {
    if (key.compare(0, section.size(), section) == 0) return true;
  }
  return false;
}

/// An experiment with these settings: options are listed of a whole one.
config::Experiment experiment_of(const Settings& settings) {
  config::Experiment experiment;
  experiment.seed = settings.seed;
  static_cast<config::TrainedBlocks&>(experiment.backbone) = settings.backbone;
  experiment.head = settings.head;
  experiment.objective = settings.objective;
  experiment.optimizer = settings.optimizer;
  experiment.schedule = settings.schedule;
  experiment.augmentation = settings.augmentation;
  experiment.training = settings.training;
  experiment.early_stopping = settings.early_stopping;
  return experiment;
}

/// A list of "own = theirs", as fingerprints have held it from the first version on.
std::string known_classes_text(const config::NameLists& known) {
  std::vector<std::string> pairs;
  for (const auto& [own, names] : known) {
    for (const auto& theirs : names) pairs.push_back(own + " = " + theirs);
  }
  return yaml_text(pairs);
}

void update(Hasher& hasher, const torch::Tensor& tensor) {
  if (!tensor.defined()) return;
  const auto values = tensor.to(torch::kCPU).contiguous();
  hasher.update(values.data_ptr(), values.nbytes());
}

std::string data_text(const heads::FeatureSet& set) {
  if (set.empty()) return "none";
  Hasher hasher(HashKind::xxh3_128);
  set.for_each_run(kHashedAtATime, kHashedAtATime, [&](const heads::ClipRun& run) { update(hasher, run.frames); });
  update(hasher, set.first_frame);
  update(hasher, set.targets);
  update(hasher, set.frame_weights);
  return std::to_string(set.clip_count()) + " clips, " + std::to_string(set.frame_count()) + " windows of " +
         std::to_string(set.width()) + " values" + kDigestMark + hasher.hex_digest();
}

std::string labels_text(const heads::FeatureSet& set) {
  Hasher hasher(HashKind::xxh3_128);
  update(hasher, set.targets);
  return "digest " + hasher.hex_digest();
}

std::string data_text(const finetuning::TailStart& tail) {
  Hasher hasher(HashKind::xxh3_128);
  const auto add = [&](const std::vector<float>& values) {
    hasher.update(values.data(), values.size() * sizeof(float));
  };
  for (const auto& layer : tail.weights->layers) {
    for (const auto* values : {&layer.kernel, &layer.beta, &layer.mean, &layer.variance}) add(*values);
  }
  for (const auto& [name, values] : tail.weights->tensors) add(values);
  add(tail.weights->classifier_kernel);
  add(tail.weights->classifier_bias);
  return "trained from block " + std::to_string(tail.first_block) + " on, digest " + hasher.hex_digest();
}

/// The first versions said frame for a window.
Fingerprint in_todays_words(Fingerprint print) {
  const std::string old = " frames of ";
  for (auto& [name, value] : print) {
    if (name == "head.pooling" && value == "frame") value = name_of(config::Pooling::window);
    const auto place = value.find(old);
    if (place != std::string::npos && value.find(kDigestMark) != std::string::npos) {
      value.replace(place, old.size(), " windows of ");
    }
  }
  return print;
}

std::string value_in(const Fingerprint& print, const std::string& name) {
  const auto found = print.find(name);
  return found == print.end() ? std::string(kAbsent) : found->second;
}

/// Whether `value` is the default of the option `name`: trainings from before there was this option had it so.
bool is_default(const std::string& name, const std::string& value) {
  config::Experiment experiment;
  for (const auto& option : config::options_of(experiment)) {
    if (option.key == name) return config::value_text(option) == value;
  }
  return false;
}

/// "seed was 1, is 2". Of data, numbers without digests; where these are equal, what a digest may mean.
std::string difference(const std::string& name, const std::string& was, const std::string& is, bool relabelled) {
  const auto old_end = was.find(kDigestMark), new_end = is.find(kDigestMark);
  if (old_end == std::string::npos || new_end == std::string::npos) return name + " was " + was + ", is " + is;
  const auto old_numbers = was.substr(0, old_end), new_numbers = is.substr(0, new_end);
  if (old_numbers != new_numbers) return name + " was " + old_numbers + ", is " + new_numbers;
  if (relabelled) {
    return name +
           ": as many clips and windows, but with other labels (other classes, or data.classes in another order)";
  }
  return name + " was " + old_numbers + ", and is now, but with other values (other recordings or weights)";
}

}  // namespace

Fingerprint make_fingerprint(const Settings& settings, const heads::FeatureSet& train,
                             const heads::FeatureSet& validation, std::int64_t class_count,
                             const finetuning::TailStart* tail) {
  Fingerprint print;
  auto experiment = experiment_of(settings);
  for (const auto& option : config::options_of(experiment)) {
    if (decides(option.key, settings)) print[option.key] = config::value_text(option);
  }
  print["head.known_classes"] = known_classes_text(settings.head.known_classes);
  print[kTrainingData] = data_text(train);
  print["validation data"] = data_text(validation);
  print[kTrainingLabels] = labels_text(train);
  print["number of classes"] = std::to_string(class_count);
  if (tail != nullptr) print["backbone"] = data_text(*tail);
  return print;
}

std::string differences(const Fingerprint& stored, const Fingerprint& now) {
  const auto before = in_todays_words(stored);
  std::set<std::string> names;
  for (const auto& [name, value] : before) names.insert(name);
  for (const auto& [name, value] : now) names.insert(name);
  names.erase(kTrainingLabels);  // explains the training data; the first versions did not have it
  std::string text;
  for (const auto& name : names) {
    const auto was = value_in(before, name), is = value_in(now, name);
    if (was == is || (was == kAbsent && is_default(name, is))) continue;
    const auto old_labels = value_in(before, kTrainingLabels), new_labels = value_in(now, kTrainingLabels);
    const bool relabelled = name == kTrainingData && old_labels != kAbsent && old_labels != new_labels;
    text += (text.empty() ? "" : "; ") + difference(name, was, is, relabelled);
  }
  return text;
}

void check_same_training(ranks::Group* group, const Fingerprint& fingerprint) {
  if (group == nullptr) return;
  std::string lines;
  for (const auto& [name, text] : fingerprint) lines += name + ": " + text + "\n";
  ranks::check_equal(*group, lines, "training");
}

}  // namespace soundfold::training

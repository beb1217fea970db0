// SPDX-License-Identifier: Apache-2.0
#include "protocols/synthetic_folds.h"

#include "device/random_streams.h"
#include "rounds/round_features.h"
#include "splits/splits.h"
#include "support/files.h"

#include <memory>
#include <regex>

namespace soundfold::testing {
namespace fs = std::filesystem;
namespace {

constexpr std::int64_t kValues = 6, kClasses = 3;

heads::FeatureSet make_features(const dataset::Dataset& data, double noise) {
  auto generator = make_generator(torch::kCPU, 5);
  const auto centres = torch::randn({kClasses, kValues}, generator) * 3;
  heads::FeatureSet set;
  std::vector<std::int64_t> first = {0}, owners, targets;
  std::vector<torch::Tensor> frames;
  for (std::size_t clip = 0; clip < data.clips.size(); ++clip) {
    const auto count = static_cast<std::int64_t>(1 + (clip * 7) % 4);
    const auto label = data.clips[clip].labels[0];
    frames.push_back(centres[label] + noise * torch::randn({count, kValues}, generator));
    owners.insert(owners.end(), static_cast<std::size_t>(count), static_cast<std::int64_t>(clip));
    first.push_back(first.back() + count);
    targets.push_back(label);
    set.clip_ids.push_back(data.clips[clip].id);
  }
  set.features = torch::cat(frames).contiguous();
  set.clip_of_frame = torch::tensor(owners, torch::kLong);
  set.first_frame = torch::tensor(first, torch::kLong);
  set.targets = torch::tensor(targets, torch::kLong);
  return set;
}

}  // namespace

features::PreparedFeatures make_folds(int folds, std::int64_t clips_per_fold, double noise) {
  dataset::Dataset data;
  data.name = "synthetic";
  data.description = "synthetic clips";
  data.class_names = {"low", "middle", "high"};
  splits::Splits splits;
  features::Origin origin;
  for (std::int64_t i = 0; i < folds * clips_per_fold; ++i) {
    const int fold = 1 + static_cast<int>(i % folds);
    const auto id = std::to_string(fold) + "-" + std::to_string(i) + ".wav";
    data.clips.push_back({id, id, {(i / folds) % kClasses}, fold, id});
    origin.embedded.records.push_back({"key" + std::to_string(i), 1 + (i * 7) % 4, ""});
    splits.train.push_back(static_cast<std::size_t>(i));
  }
  splits.description = "all folds";
  features::FeatureSets sets;
  sets.train = sets.recorded_train = make_features(data, noise);
  return {
      {std::make_shared<const dataset::Dataset>(data), splits}, std::make_shared<const features::Origin>(origin), sets};
}

features::PreparedFeatures make_fixed(int folds, std::int64_t clips_per_fold, double noise) {
  splits::Round round;
  round.test = folds;
  round.validation = folds - 1;
  for (int fold = 1; fold < folds - 1; ++fold) round.train.push_back(fold);
  return rounds::round_features(make_folds(folds, clips_per_fold, noise), round);
}

config::Experiment small_cross_validation() {
  config::Experiment experiment;
  experiment.name = "small";
  experiment.protocol.type = config::ProtocolType::cross_validation;
  experiment.protocol.final_model = config::FinalModel::none;  // it needs sound files
  experiment.head.hidden = {8};
  experiment.optimizer.learning_rate = 0.01;
  experiment.training.epochs = 4;
  experiment.training.batch_size = 8;
  experiment.run.threads = 1;
  return experiment;
}

std::map<std::string, std::string> contents(const fs::path& folder) {
  static const std::regex seconds("\"seconds\": ?[-+.e0-9]+");
  static const std::regex digest("\"digest\": ?\"[0-9a-f]+\"");  // of a file with its seconds
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const auto name = entry.path().filename().string();
    // The logs have the time in them, TensorBoard's files in their names too.
    if (!entry.is_regular_file() || name == "log.txt" || name.rfind("events.out.tfevents.", 0) == 0) continue;
    files[entry.path().lexically_relative(folder).string()] = std::regex_replace(
        std::regex_replace(read_file(entry.path()), seconds, "\"seconds\":0"), digest, "\"digest\":0");
  }
  return files;
}

}  // namespace soundfold::testing

// SPDX-License-Identifier: Apache-2.0
#include "rounds/known_weight.h"

#include "dataset/dataset.h"
#include "evaluation/calibration.h"
#include "heads/prediction.h"
#include "runs/result.h"
#include "splits/source_folds.h"
#include "support/logging.h"

#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <string>

namespace soundfold::rounds {
namespace {

/// The training clips of the classes that have at least `count` recordings among them, with labels of these classes
/// alone. A clip of another class, too, is left out.
dataset::Dataset splittable_clips(const features::PreparedFeatures& prepared, std::size_t count) {
  const auto& all = *prepared.data.dataset;
  const auto& ids = prepared.sets.recorded_train.clip_ids;
  const std::set<std::string> trained(ids.begin(), ids.end());
  std::map<std::int64_t, std::set<std::string>> sources;
  for (const auto& clip : all.clips) {
    if (trained.count(clip.id) == 0) continue;
    for (const auto label : clip.labels) sources[label].insert(clip.source);
  }
  dataset::Dataset kept;
  kept.name = all.name;
  kept.multi_label = all.multi_label;
  std::map<std::int64_t, std::int64_t> new_label;
  for (const auto& [label, of_class] : sources) {
    if (of_class.size() < count) continue;
    new_label[label] = static_cast<std::int64_t>(kept.class_names.size());
    kept.class_names.push_back(all.class_names[static_cast<std::size_t>(label)]);
  }
  for (auto clip : all.clips) {
    const auto& labels = clip.labels;
    const bool known =
        std::all_of(labels.begin(), labels.end(), [&](auto label) { return new_label.count(label) > 0; });
    if (!known || trained.count(clip.id) == 0) continue;
    for (auto& label : clip.labels) label = new_label[label];
    kept.clips.push_back(std::move(clip));
  }
  return kept;
}

/// The fold, from 1, of each training clip by its id; 0 for clips that are always trained on, because their class has
/// too few recordings. Empty when that is so for most classes.
std::map<std::string, int> inner_folds(const features::PreparedFeatures& prepared, std::int64_t seed) {
  std::map<std::string, int> folds;
  for (int count = kInnerFolds; count >= 2 && folds.empty(); --count) {
    auto inner = splittable_clips(prepared, static_cast<std::size_t>(count));
    if (2 * inner.class_names.size() < prepared.data.dataset->class_names.size()) continue;
    splits::draw_folds(inner, count, static_cast<std::uint64_t>(seed));
    for (const auto& id : prepared.sets.recorded_train.clip_ids) folds[id] = 0;
    for (const auto& clip : inner.clips) folds[clip.id] = clip.fold;
  }
  return folds;
}

/// The clips of `set` whose fold is, or is not, `fold`.
heads::FeatureSet clips_of(const heads::FeatureSet& set, const std::map<std::string, int>& folds, int fold,
                           bool inside) {
  std::vector<bool> wanted;
  for (const auto& id : set.clip_ids) wanted.push_back((folds.at(id) == fold) == inside);
  return heads::select_clips(set, wanted);
}

/// Appends what a head that was trained without `fold` says of its clips.
void add_fold(int fold, const std::map<std::string, int>& folds, const training::Settings& settings,
              const features::FeatureSets& sets, std::int64_t class_count, training::TrainerOptions options,
              HeldOutClips& all) {
  const auto train = clips_of(sets.train, folds, fold, false);
  const auto held_out = clips_of(sets.recorded_train, folds, fold, true);
  options.progress = false;
  auto outcome = training::train(settings, train, held_out, class_count, options);
  const auto logits = [&] { return heads::predict(outcome.head, held_out, 8192, /*with_frames=*/false).clip_logits; };
  const auto both = logits();
  outcome.head->fit_known_classes(*options.known_classes, 0, train.features, train.segments());
  const auto trained = logits();
  const auto predictions = runs::clip_predictions(held_out, trained);
  const auto known = (both - trained).contiguous();
  auto& so_far = all.trained;
  so_far.class_count = predictions.class_count;
  so_far.multi_label = predictions.multi_label;
  so_far.logits.insert(so_far.logits.end(), predictions.logits.begin(), predictions.logits.end());
  so_far.labels.insert(so_far.labels.end(), predictions.labels.begin(), predictions.labels.end());
  all.known.insert(all.known.end(), known.data_ptr<float>(), known.data_ptr<float>() + known.numel());
}

}  // namespace

double best_known_weight(const HeldOutClips& clips) {
  double best = 0, least = std::numeric_limits<double>::infinity();
  const std::vector<std::string> names(static_cast<std::size_t>(clips.trained.class_count));
  for (const double weight : kKnownWeights) {
    auto sum = clips.trained;
    for (std::size_t i = 0; i < sum.logits.size(); ++i) sum.logits[i] += static_cast<float>(weight) * clips.known[i];
    const double temperature = evaluation::fit_temperature(sum).value_or(1);
    const double loss = evaluation::compute_metrics(evaluation::with_temperature(sum, temperature), names).loss;
    if (loss < least) {
      least = loss;
      best = weight;
    }
  }
  return best;
}

double fit_known_weight(const config::Experiment& experiment, const features::PreparedFeatures& prepared,
                        const training::TrainerOptions& trainer) {
  const std::string name = trainer.name.empty() ? "" : trainer.name + ": ";
  const auto folds = inner_folds(prepared, experiment.seed);
  if (folds.empty()) {
    logger().info("{}head.known_class_weight: auto is 1: most classes have a single recording to train on", name);
    return 1;
  }
  std::set<int> numbers;
  for (const auto& [id, fold] : folds) numbers.insert(fold);
  numbers.erase(0);
  auto settings = training::training_settings(experiment);
  settings.head.known_class_weight = 1;
  auto options = trainer;
  options.checkpoint.clear();
  options.fresh_features = nullptr;
  options.on_epoch = nullptr;
  options.resume = false;
  const auto class_count = static_cast<std::int64_t>(prepared.data.dataset->class_names.size());
  HeldOutClips all;
  for (const int fold : numbers) add_fold(fold, folds, settings, prepared.sets, class_count, options, all);
  const double weight = best_known_weight(all);
  logger().info("{}head.known_class_weight: auto is {}, fitted on {} folds of the {} training clips", name, weight,
                numbers.size(), folds.size());
  return weight;
}

}  // namespace soundfold::rounds

// SPDX-License-Identifier: Apache-2.0
#include "rounds/known_weight.h"

#include "evaluation/calibration.h"
#include "heads/prediction.h"
#include "runs/result.h"
#include "splits/source_folds.h"
#include "support/errors.h"
#include "support/logging.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <set>
#include <string>

namespace soundfold::rounds {
namespace {

/// The classes of each recording that is trained on.
std::map<std::string, std::set<std::int64_t>> classes_by_recording(const dataset::Dataset& all,
                                                                   const std::set<std::string>& trained) {
  std::map<std::string, std::set<std::int64_t>> recordings;
  for (const auto& clip : all.clips) {
    if (trained.count(clip.id) > 0) recordings[clip.source].insert(clip.labels.begin(), clip.labels.end());
  }
  return recordings;
}

/// Takes out the recordings with a class that fewer than `count` of them have. That may leave too few of another class:
/// it is repeated until every class left is in `count` recordings. Gives the classes left.
std::set<std::int64_t> leave_out_rare(std::map<std::string, std::set<std::int64_t>>& recordings, std::size_t count) {
  for (;;) {
    std::map<std::int64_t, std::size_t> count_of;
    for (const auto& [source, classes] : recordings) {
      for (const auto label : classes) ++count_of[label];
    }
    const auto is_rare = [&](std::int64_t label) { return count_of[label] < count; };
    const std::size_t before = recordings.size();
    for (auto at = recordings.begin(); at != recordings.end();) {
      const auto& classes = at->second;
      at = std::any_of(classes.begin(), classes.end(), is_rare) ? recordings.erase(at) : std::next(at);
    }
    if (recordings.size() < before) continue;
    std::set<std::int64_t> left;
    for (const auto& [label, of_class] : count_of) left.insert(label);
    return left;
  }
}

/// The training clips of the recordings that leave_out_rare leaves, with labels that number the classes left.
dataset::Dataset splittable_clips(const dataset::Dataset& all, const std::set<std::string>& trained,
                                  std::size_t count) {
  auto recordings = classes_by_recording(all, trained);
  dataset::Dataset kept;
  kept.name = all.name;
  kept.multi_label = all.multi_label;
  std::map<std::int64_t, std::int64_t> new_label;
  for (const auto label : leave_out_rare(recordings, count)) {
    new_label[label] = static_cast<std::int64_t>(kept.class_names.size());
    kept.class_names.push_back(all.class_names[static_cast<std::size_t>(label)]);
  }
  for (auto clip : all.clips) {
    if (trained.count(clip.id) == 0 || recordings.count(clip.source) == 0) continue;
    for (auto& label : clip.labels) label = new_label.at(label);
    kept.clips.push_back(std::move(clip));
  }
  return kept;
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
              const features::FeatureSets& sets, std::int64_t class_count, const training::TrainerOptions& options,
              HeldOutClips& all) {
  const auto train = clips_of(sets.train, folds, fold, false);
  const auto held_out = clips_of(sets.recorded_train, folds, fold, true);
  auto outcome = training::train(settings, train, held_out, class_count, options);
  const auto logits = [&] { return heads::predict(outcome.head, held_out, 8192, /*with_frames=*/false).clip_logits; };
  const auto both = logits();
  outcome.head->fit_known_classes(*options.known_classes, 0, train);
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

/// Those of a training whose head is not kept.
training::TrainerOptions inner_options(training::TrainerOptions options) {
  options.checkpoint.clear();
  options.resume = false;
  options.fresh_features = nullptr;
  options.on_epoch = nullptr;
  options.progress = false;
  return options;
}

/// The least mean loss that a temperature gives; at the better end of the range when the minimum is not inside.
double least_loss(const evaluation::Predictions& clips) {
  const std::vector<std::string> names(static_cast<std::size_t>(clips.class_count));
  const auto loss_at = [&](double temperature) {
    return evaluation::compute_metrics(evaluation::with_temperature(clips, temperature), names).loss;
  };
  if (const auto inside = evaluation::fit_temperature(clips)) return loss_at(*inside);
  return std::min(loss_at(evaluation::kLeastTemperature), loss_at(evaluation::kLargestTemperature));
}

}  // namespace

std::map<std::string, int> inner_folds(const dataset::Dataset& data, const std::vector<std::string>& trained_ids,
                                       std::uint64_t seed) {
  const std::set<std::string> trained(trained_ids.begin(), trained_ids.end());
  for (int count = kInnerFolds; count >= 2; --count) {
    auto inner = splittable_clips(data, trained, static_cast<std::size_t>(count));
    if (2 * inner.class_names.size() < data.class_names.size()) continue;
    try {
      splits::draw_folds(inner, count, seed);
    } catch (const DataError& problem) {  // recordings of several classes
      logger().debug("head.known_class_weight: auto: not {} folds: {}", count, problem.what());
      continue;
    }
    std::map<std::string, int> folds;
    for (const auto& id : trained) folds[id] = 0;
    for (const auto& clip : inner.clips) folds[clip.id] = clip.fold;
    return folds;
  }
  return {};
}

double best_known_weight(const HeldOutClips& clips) {
  double best = 0, least = std::numeric_limits<double>::infinity();
  for (const double weight : kKnownWeights) {
    auto sum = clips.trained;
    for (std::size_t i = 0; i < sum.logits.size(); ++i) sum.logits[i] += static_cast<float>(weight) * clips.known[i];
    const double loss = least_loss(sum);
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
  const auto& data = *prepared.data.dataset;
  const auto folds =
      inner_folds(data, prepared.sets.recorded_train.clip_ids, static_cast<std::uint64_t>(experiment.seed));
  if (folds.empty()) {
    logger().info(
        "{}head.known_class_weight: auto is 1: most classes have too few recordings to train on without some of them",
        name);
    return 1;
  }
  auto settings = training::training_settings(experiment);
  settings.head.known_class_weight = 1;
  const auto options = inner_options(trainer);
  const auto class_count = static_cast<std::int64_t>(data.class_names.size());
  std::set<int> numbers;
  for (const auto& [id, fold] : folds) numbers.insert(fold);
  numbers.erase(0);
  HeldOutClips all;
  for (const int fold : numbers) add_fold(fold, folds, settings, prepared.sets, class_count, options, all);
  const double weight = best_known_weight(all);
  logger().info("{}head.known_class_weight: auto is {}, fitted on {} of the {} training clips in {} folds", name,
                weight, all.trained.sample_count(), folds.size(), numbers.size());
  return weight;
}

}  // namespace soundfold::rounds

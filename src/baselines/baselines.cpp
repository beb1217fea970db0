// SPDX-License-Identifier: Apache-2.0
#include "baselines/baselines.h"

#include "baselines/clip_vectors.h"
#include "baselines/matched_classes.h"
#include "evaluation/statistics.h"
#include "splits/rounds.h"
#include "support/errors.h"
#include "support/logging.h"
#include "text/text.h"

#include <algorithm>
#include <cstddef>
#include <filesystem>

namespace soundfold::baselines {
namespace {

std::vector<std::int64_t> clip_numbers(const std::vector<std::size_t>& clips) {
  return {clips.begin(), clips.end()};
}

const std::vector<std::int64_t>& labels_of_clip(const features::PreparedFeatures& prepared, std::int64_t clip) {
  return prepared.data.dataset->clips[static_cast<std::size_t>(clip)].labels;
}

/// The clips of each class among those tested; enough of metrics for the majority class.
evaluation::Metrics tested_support(const features::PreparedFeatures& prepared, const std::vector<TestedClips>& tests) {
  evaluation::Metrics metrics;
  for (const auto& name : prepared.data.dataset->class_names) metrics.classes.push_back({name});
  for (const auto& test : tests) {
    for (const auto clip : test.tested) {
      ++metrics.sample_count;
      ++metrics.classes[static_cast<std::size_t>(labels_of_clip(prepared, clip).front())].support;
    }
  }
  return metrics;
}

std::int64_t nearest_correct(const features::PreparedFeatures& prepared, const ClipVectors& vectors,
                             const TestedClips& test) {
  const auto near = nearest(vectors.embeddings, test.tested, test.train, 1);
  const auto* place = near.places.data_ptr<std::int64_t>();
  std::int64_t correct = 0;
  for (std::size_t i = 0; i < test.tested.size(); ++i) {
    const auto neighbour = test.train[static_cast<std::size_t>(place[i])];
    if (labels_of_clip(prepared, neighbour) == labels_of_clip(prepared, test.tested[i])) ++correct;
  }
  return correct;
}

/// Rounds of several seeds that have the same clips are computed once.
evaluation::Baseline nearest_baseline(const features::PreparedFeatures& prepared, const ClipVectors& vectors,
                                      const std::vector<TestedClips>& tests) {
  evaluation::Baseline baseline;
  baseline.what = "the nearest training clip's label";
  baseline.note = "cosine of the mean embeddings, nothing trained";
  baseline.kind = kNearestClip;
  std::vector<std::int64_t> correct_of(tests.size());
  for (std::size_t i = 0; i < tests.size(); ++i) {
    if (tests[i].tested.empty() || tests[i].train.empty()) continue;
    const auto same =
        std::find_if(tests.begin(), tests.begin() + static_cast<std::ptrdiff_t>(i),
                     [&](const auto& test) { return test.tested == tests[i].tested && test.train == tests[i].train; });
    const auto first = static_cast<std::size_t>(same - tests.begin());
    correct_of[i] = first < i ? correct_of[first] : nearest_correct(prepared, vectors, tests[i]);
    baseline.correct += correct_of[i];
    baseline.clips += static_cast<std::int64_t>(tests[i].tested.size());
  }
  return baseline;
}

evaluation::Baseline own_classes(const config::Experiment& experiment, const features::PreparedFeatures& prepared,
                                 const ClipVectors& vectors, const std::vector<TestedClips>& tests) {
  const auto& names = prepared.origin->backbone.class_names;
  const auto matched = matched_classes(experiment.head.known_classes, prepared.data.dataset->class_names, names);
  const auto file = std::filesystem::path(experiment.backbone.weights).stem().string();
  auto baseline = own_classes_baseline(matched, backbone_name(file));
  if (!any_matches(matched) || !vectors.scores.defined() ||
      vectors.scores.size(1) != static_cast<std::int64_t>(names.size())) {
    return baseline;
  }
  for (const auto& test : tests) {
    for (const auto clip : test.tested) {
      const float* row = vectors.scores.data_ptr<float>() + clip * vectors.scores.size(1);
      ++baseline.clips;
      if (answer_by_backbone(row, matched) == labels_of_clip(prepared, clip).front()) ++baseline.correct;
    }
  }
  return baseline;
}

double accuracy_of(const evaluation::Baseline& baseline) {
  return static_cast<double>(baseline.correct) / static_cast<double>(std::max<std::int64_t>(1, baseline.clips));
}

}  // namespace

std::vector<TestedClips> tested_clips(const config::Experiment& experiment,
                                      const features::PreparedFeatures& prepared) {
  const auto& data = *prepared.data.dataset;
  const auto& used = prepared.data.splits;
  std::vector<TestedClips> tests;
  if (!experiment.protocol.cross_validates()) {
    const bool tested = !used.test.empty();
    tests.push_back({clip_numbers(used.train), clip_numbers(tested ? used.test : used.validation), !tested});
    return tests;
  }
  const auto folds = splits::protocol_folds(experiment.protocol, data);
  for (const auto& round : splits::make_rounds(experiment.protocol, folds, experiment.seed)) {
    const auto clips = splits::round_splits(round, data, used.train);
    tests.push_back({clip_numbers(clips.train), clip_numbers(clips.test), false});
  }
  return tests;
}

std::optional<evaluation::Baseline> majority_baseline(const evaluation::Metrics& metrics) {
  const auto largest = evaluation::majority_class(metrics);
  if (largest < 0 || metrics.sample_count == 0) return std::nullopt;
  const auto& most = metrics.classes[static_cast<std::size_t>(largest)];
  return evaluation::Baseline{"always the largest class", most.support, metrics.sample_count, most.name,
                              kMajorityClass};
}

std::vector<evaluation::Baseline> run_baselines(const config::Experiment& experiment,
                                                const features::PreparedFeatures& prepared) {
  const auto tests = tested_clips(experiment, prepared);
  const bool one_label = !prepared.data.dataset->multi_label;
  std::vector<evaluation::Baseline> baselines;
  if (std::all_of(tests.begin(), tests.end(), [](const auto& test) { return test.tested.empty(); })) return baselines;
  if (one_label) {
    if (auto majority = majority_baseline(tested_support(prepared, tests))) baselines.push_back(*std::move(majority));
  }
  try {
    const auto vectors =
        clip_vectors(experiment.store.folder, prepared.origin->embedded.records, prepared.origin->most_feature_bytes);
    if (one_label) baselines.push_back(own_classes(experiment, prepared, vectors, tests));
    baselines.push_back(nearest_baseline(prepared, vectors, tests));
  } catch (const DataError& error) {
    logger().warn("the baselines do without embeddings: {}", error.what());
  }
  const auto uncounted = [](const auto& baseline) { return baseline.clips == 0; };
  baselines.erase(std::remove_if(baselines.begin(), baselines.end(), uncounted), baselines.end());
  return baselines;
}

nlohmann::json baselines_json(const std::vector<evaluation::Baseline>& baselines) {
  auto json = nlohmann::json::array();
  for (const auto& baseline : baselines) {
    json.push_back({{"kind", baseline.kind},
                    {"what", baseline.what},
                    {"note", baseline.note},
                    {"correct", baseline.correct},
                    {"clips", baseline.clips},
                    {"accuracy", accuracy_of(baseline)}});
  }
  return json;
}

std::vector<evaluation::Baseline> baselines_from_json(const nlohmann::json& json) {
  std::vector<evaluation::Baseline> baselines;
  if (!json.is_array()) return baselines;
  for (const auto& entry : json) {
    baselines.push_back({entry.value("what", ""), entry.value("correct", std::int64_t{0}),
                         entry.value("clips", std::int64_t{0}), entry.value("note", ""), entry.value("kind", "")});
  }
  return baselines;
}

std::string baselines_text(const std::vector<evaluation::Baseline>& baselines) {
  std::vector<std::string> parts;
  for (const auto& baseline : baselines) {
    const bool majority = baseline.kind == kMajorityClass;
    parts.push_back((majority ? "always " + shown(baseline.note, 60) : baseline.what) + " " +
                    fixed(100 * accuracy_of(baseline), 2) + " % (" + std::to_string(baseline.correct) + "/" +
                    std::to_string(baseline.clips) + ")");
  }
  return join(parts);
}

}  // namespace soundfold::baselines

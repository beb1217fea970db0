// SPDX-License-Identifier: Apache-2.0
#include "report_data/internal/backbone_view.h"

#include "baselines/matched_classes.h"

#include <filesystem>

namespace soundfold::report_data {
namespace {

const float* scores_of(const torch::Tensor& scores, std::size_t sound) {
  return scores.data_ptr<float>() + static_cast<std::int64_t>(sound) * scores.size(1);
}

void add_class_views(const std::vector<baselines::MatchedClasses>& matched,
                     const std::vector<std::string>& backbone_classes, const torch::Tensor& scores,
                     run_report::ReportInput& input) {
  for (std::size_t k = 0; k < matched.size(); ++k) {
    run_report::BackboneView view;
    view.by_name = matched[k].by_name;
    for (const auto row : matched[k].rows) view.matched.push_back(backbone_classes[row]);
    std::vector<std::int64_t> own;
    for (const auto& clip : input.clips) {
      if (!evaluation::has_label(clip.truth, static_cast<std::int64_t>(k))) continue;
      own.push_back(static_cast<std::int64_t>(clip.sound));
    }
    if (!own.empty()) {
      const auto mean = scores.index_select(0, torch::tensor(own)).mean(0).contiguous();
      view.top_scores = baselines::highest_scores(mean.data_ptr<float>(), backbone_classes);
    }
    input.backbone_views.push_back(std::move(view));
  }
}

/// How many clips of each class the matching classes alone give right.
void count_by_class(const std::vector<baselines::MatchedClasses>& matched, const torch::Tensor& scores,
                    run_report::ReportInput& input) {
  if (input.multi_label) return;
  for (const auto& clip : input.clips) {
    const auto answer = baselines::answer_by_backbone(scores_of(scores, clip.sound), matched);
    if (answer == clip.truth.front()) ++input.backbone_views[static_cast<std::size_t>(answer)].correct;
  }
}

}  // namespace

void add_backbone_view(const config::Experiment& experiment, const std::vector<std::string>& backbone_classes,
                       const baselines::ClipVectors& vectors, run_report::ReportInput& input) {
  input.backbone_name = baselines::backbone_name(std::filesystem::path(experiment.backbone.weights).stem().string());
  const auto classes = static_cast<std::int64_t>(backbone_classes.size());
  if (input.clips.empty() || !vectors.scores.defined() || vectors.scores.size(1) != classes) return;
  for (const auto& clip : input.clips) {
    auto& sound = input.sounds[clip.sound];
    if (!sound.backbone_classes.empty() || !vectors.known[clip.sound]) continue;
    sound.backbone_classes = baselines::highest_scores(scores_of(vectors.scores, clip.sound), backbone_classes);
  }
  const auto matched = baselines::matched_classes(experiment.head.known_classes, input.class_names, backbone_classes);
  add_class_views(matched, backbone_classes, vectors.scores, input);
  count_by_class(matched, vectors.scores, input);
}

}  // namespace soundfold::report_data

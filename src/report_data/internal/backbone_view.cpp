// SPDX-License-Identifier: Apache-2.0
#include "report_data/internal/backbone_view.h"

#include "report_data/internal/backbone_classes.h"
#include "text/text.h"

#include <algorithm>
#include <filesystem>

namespace soundfold::report_data {
namespace {

constexpr std::int64_t kTopClasses = 3;

std::vector<run_report::NamedScore> highest(const torch::Tensor& scores, const std::vector<std::string>& names) {
  const auto [values, rows] = scores.topk(std::min(kTopClasses, scores.size(0)));
  std::vector<run_report::NamedScore> top;
  for (std::int64_t i = 0; i < rows.size(0); ++i) {
    top.push_back({names[static_cast<std::size_t>(rows[i].item<std::int64_t>())], values[i].item<double>()});
  }
  return top;
}

/// The class whose best matching class has the highest score; -1 when none matches.
std::int64_t answer_by_backbone(const float* scores, const std::vector<MatchedClasses>& matched) {
  std::int64_t answer = -1;
  float best = -1;
  for (std::size_t k = 0; k < matched.size(); ++k) {
    for (const auto row : matched[k].rows) {
      if (scores[row] <= best) continue;
      best = scores[row];
      answer = static_cast<std::int64_t>(k);
    }
  }
  return answer;
}

void add_class_views(const std::vector<MatchedClasses>& matched, const std::vector<std::string>& backbone_classes,
                     const torch::Tensor& scores, run_report::ReportInput& input) {
  for (std::size_t k = 0; k < matched.size(); ++k) {
    run_report::BackboneView view;
    view.by_name = matched[k].by_name;
    for (const auto row : matched[k].rows) view.matched.push_back(backbone_classes[row]);
    std::vector<std::int64_t> own;
    for (const auto& clip : input.clips) {
      if (!evaluation::has_label(clip.truth, static_cast<std::int64_t>(k))) continue;
      own.push_back(static_cast<std::int64_t>(clip.sound));
    }
    if (!own.empty()) view.heard = highest(scores.index_select(0, torch::tensor(own)).mean(0), backbone_classes);
    input.backbone_views.push_back(std::move(view));
  }
}

/// What the matching classes alone give, counted by class and in all.
void add_baseline(const std::vector<MatchedClasses>& matched, const torch::Tensor& scores,
                  run_report::ReportInput& input) {
  const auto known = std::count_if(matched.begin(), matched.end(), [](const auto& each) { return !each.rows.empty(); });
  if (input.multi_label || known == 0) return;
  run_report::Baseline baseline;
  baseline.what = input.backbone_name + "'s own classes";
  baseline.note = std::to_string(known) + " of the " + std::to_string(matched.size()) +
                  " classes have one or more that match; the highest mean score decides, nothing trained";
  for (const auto& clip : input.clips) {
    const float* row = scores.data_ptr<float>() + static_cast<std::int64_t>(clip.sound) * scores.size(1);
    const auto answer = answer_by_backbone(row, matched);
    ++baseline.clips;
    if (answer != clip.truth.front()) continue;
    ++baseline.correct;
    ++input.backbone_views[static_cast<std::size_t>(answer)].correct;
  }
  input.baselines.push_back(std::move(baseline));
}

}  // namespace

void add_backbone_view(const config::Experiment& experiment, const std::vector<std::string>& backbone_classes,
                       const ClipVectors& vectors, run_report::ReportInput& input) {
  const auto stem = lower_case(std::filesystem::path(experiment.backbone.weights).stem().string());
  input.backbone_name = stem.find("yamnet") == std::string::npos ? "the backbone" : "YAMNet";
  const auto classes = static_cast<std::int64_t>(backbone_classes.size());
  if (input.clips.empty() || !vectors.scores.defined() || vectors.scores.size(1) != classes) return;
  for (const auto& clip : input.clips) {
    auto& sound = input.sounds[clip.sound];
    if (!sound.backbone_classes.empty() || !vectors.known[clip.sound]) continue;
    sound.backbone_classes = highest(vectors.scores[static_cast<std::int64_t>(clip.sound)], backbone_classes);
  }
  const auto matched = matched_classes(experiment.head.known_classes, input.class_names, backbone_classes);
  add_class_views(matched, backbone_classes, vectors.scores, input);
  add_baseline(matched, vectors.scores, input);
}

}  // namespace soundfold::report_data

// SPDX-License-Identifier: Apache-2.0
#include "assessment/backbone_answers.h"

#include "baselines/baselines.h"
#include "baselines/matched_classes.h"
#include "config/load.h"
#include "support/errors.h"
#include "text/table.h"
#include "text/text.h"

#include <cstddef>
#include <cstdint>

namespace soundfold::assessment {
namespace {

constexpr std::size_t kNameBytes = 60;

config::NameLists known_classes_of(const deploy::Model& model) {
  const auto found = model.metadata().find("config");
  if (found == model.metadata().end() || !found->is_string()) return {};
  try {
    return config::stored_experiment(found->get<std::string>(), "the model's configuration").head.known_classes;
  } catch (const UsageError&) {  // of another version of Soundfold: names alone then
    return {};
  }
}

std::vector<std::string> names_of_labels(const std::vector<std::int64_t>& labels, const deploy::Model& model) {
  std::vector<std::string> names;
  for (const auto label : labels) names.push_back(model.class_names()[static_cast<std::size_t>(label)]);
  return names;
}

/// What the model made of one clip.
struct OwnAnswer {
  std::vector<std::string> predicted;
  double probability = 0;  ///< of the first of them
};

OwnAnswer own_answer(const deploy::Model& model, const evaluation::Predictions& clips, std::size_t clip) {
  const float* row = clips.row(static_cast<std::int64_t>(clip));
  const auto labels = evaluation::predicted_labels(row, clips.class_count, clips.multi_label);
  OwnAnswer answer{names_of_labels(labels, model)};
  if (labels.empty()) return answer;
  const auto probabilities = evaluation::probabilities(row, clips.class_count, clips.multi_label);
  answer.probability = probabilities[static_cast<std::size_t>(labels.front())];
  return answer;
}

std::vector<evaluation::NamedScore> top_scores_of(const deploy::Model& model, const AnsweredClips& answered,
                                                  std::size_t clip) {
  return baselines::highest_scores(answered.backbone_scores[clip].data(), model.backbone_class_names());
}

std::string shown_names(const std::vector<std::string>& names) {
  return names.empty() ? "(none)" : shown(join(names, "; "), kNameBytes);
}

}  // namespace

std::string backbone_name_of(const deploy::Model& model) {
  const auto source = model.metadata().find("backbone");
  return baselines::backbone_name(source != model.metadata().end() && source->is_string() ? source->get<std::string>()
                                                                                          : std::string());
}

std::vector<evaluation::Baseline> evaluation_baselines(const deploy::Model& model, const AnsweredClips& answered,
                                                       const evaluation::Metrics& metrics) {
  std::vector<evaluation::Baseline> found;
  if (answered.clips.multi_label) return found;
  if (auto majority = baselines::majority_baseline(metrics)) found.push_back(*std::move(majority));
  const auto& own = model.backbone_class_names();
  if (own.empty()) return found;
  const auto matched = baselines::matched_classes(known_classes_of(model), model.class_names(), own);
  if (!baselines::any_matches(matched)) return found;
  auto baseline = baselines::own_classes_baseline(matched, backbone_name_of(model));
  for (std::size_t i = 0; i < answered.backbone_scores.size(); ++i) {
    ++baseline.clips;
    const auto answer = baselines::answer_by_backbone(answered.backbone_scores[i].data(), matched);
    if (answer == answered.clips.labels[i].front()) ++baseline.correct;
  }
  found.push_back(std::move(baseline));
  return found;
}

std::string backbone_table(const deploy::Model& model, const AnsweredClips& answered,
                           const std::vector<std::string>& clip_ids) {
  TextTable table({{"clip"}, {"truth"}, {"this model"}, {backbone_name_of(model) + "'s own classes"}});
  for (std::size_t i = 0; i < clip_ids.size(); ++i) {
    const auto [predicted, probability] = own_answer(model, answered.clips, i);
    std::vector<std::string> top_scores;
    for (const auto& [name, score] : top_scores_of(model, answered, i)) {
      top_scores.push_back(shown(name, kNameBytes) + " " + fixed(score, 3));
    }
    table.add({shown(clip_ids[i], kNameBytes), shown_names(names_of_labels(answered.clips.labels[i], model)),
               shown_names(predicted) + (predicted.empty() ? "" : " " + fixed(probability, 3)), join(top_scores)});
  }
  return table.text();
}

nlohmann::json backbone_table_json(const deploy::Model& model, const AnsweredClips& answered,
                                   const std::vector<std::string>& clip_ids) {
  auto rows = nlohmann::json::array();
  for (std::size_t i = 0; i < clip_ids.size(); ++i) {
    const auto [predicted, probability] = own_answer(model, answered.clips, i);
    auto top_scores = nlohmann::json::array();
    for (const auto& [name, score] : top_scores_of(model, answered, i))
      top_scores.push_back({{"name", name}, {"score", score}});
    rows.push_back({{"clip", clip_ids[i]},
                    {"truth", names_of_labels(answered.clips.labels[i], model)},
                    {"predicted", predicted},
                    {"probability", predicted.empty() ? nlohmann::json() : nlohmann::json(probability)},
                    {"backbone", top_scores}});
  }
  return rows;
}

}  // namespace soundfold::assessment

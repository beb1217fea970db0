// SPDX-License-Identifier: Apache-2.0
#include "runtime/classifier.h"

#include "frontend/level.h"
#include "runtime/appended_classes.h"
#include "support/errors.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace soundfold::runtime {
namespace {

/// log(p / (1 - p)), with p kept so far from 0 and 1 that float32 can represent it.
float logit_of(double probability) {
  const double p = std::min(std::max(probability, 1e-7), 1 - 1e-7);
  return static_cast<float>(std::log(p / (1 - p)));
}

/// Where window `number`, from 0, begins.
double window_start_s(const Classifier& classifier, std::int64_t number, std::int64_t sample_count) {
  const auto& input = classifier.input();
  const auto hop_samples = classifier.window_hop_seconds() * input.sample_rate_hz;
  const auto hop_frames = static_cast<int>(std::lround(hop_samples / input.hop_samples));
  return static_cast<double>(frontend::row_start(number, sample_count, hop_frames, input)) / input.sample_rate_hz;
}

}  // namespace

events::EventRules Classifier::event_rules() const {
  const auto own = class_names().size() - appended_count();
  auto rules = event_rules_ ? *event_rules_ : events::default_event_rules(own, rule_.thresholds, rule_.negative_class);
  if (rules.of_class.size() >= class_names().size()) return rules;
  // Rules that came with the model are of its own classes.
  const auto more = events::default_event_rules(class_names().size() - rules.of_class.size(), {}, std::nullopt);
  rules.of_class.insert(rules.of_class.end(), more.of_class.begin(), more.of_class.end());
  return rules;
}

void Classifier::append_classes(const std::vector<std::string>& own, const std::vector<std::string>& backbone) {
  all_names_ = with_backbone_classes(own, backbone);
  rule_.appended = backbone.size();
}

void Classifier::set_event_rules(events::EventRules rules) {
  if (rules.of_class.size() != class_names().size()) {
    throw UsageError("rules of " + std::to_string(rules.of_class.size()) + " classes for a model of " +
                     std::to_string(class_names().size()));
  }
  for (std::size_t k = 0; k < rules.of_class.size(); ++k) {
    if (rules.of_class[k]) events::check_rule(*rules.of_class[k], class_names()[k]);
  }
  event_rules_ = std::move(rules);
}

void Classifier::set_window_hop(double) {
  throw UsageError("the hop between windows is part of this model; give a model.safetensors to choose another");
}

WindowGiver::WindowGiver(const Classifier& classifier, WindowConsumer consume)
    : classifier_(classifier), consume_(std::move(consume)) {
  clip_.level_dbfs = frontend::kLowestDbfs;
}

double WindowGiver::seconds(std::int64_t sample_count) const {
  return static_cast<double>(sample_count) / classifier_.sample_rate_hz();
}

bool WindowGiver::silent(const Patch& patch) const {
  const auto& gate = classifier_.rule().silence_gate;
  return gate && gate->silent(patch.level_dbfs, patch.silence_score);
}

void WindowGiver::append_scores(Patch& patch) {
  score_sums_.resize(classifier_.appended_count());
  for (std::size_t k = 0; k < score_sums_.size(); ++k) {
    const double score = double{patch.backbone_scores.at(k)};
    score_sums_[k] += score;
    if (patch.probabilities) patch.probabilities->push_back(score);
    if (!patch.logits.empty()) patch.logits.push_back(logit_of(score));
  }
}

void WindowGiver::add(Patch patch, std::int64_t sample_count) {
  const bool is_silent = silent(patch);
  clip_.silent = clip_.silent && is_silent;
  clip_.level_dbfs = std::max(clip_.level_dbfs, patch.level_dbfs);
  append_scores(patch);
  const double hop_s = classifier_.window_hop_seconds();
  const double start_s = window_start_s(classifier_, patches_++, sample_count);
  if (!consume_ || hop_s <= 0 || !patch.probabilities) return;
  const double end_s = std::min(seconds(sample_count), start_s + classifier_.window_seconds());
  consume_({start_s, end_s, std::move(*patch.probabilities), patch.level_dbfs, is_silent, std::move(patch.logits)});
}

Clip WindowGiver::finish(std::int64_t sample_count, std::vector<double> probabilities, std::vector<float> logits) {
  clip_.seconds = seconds(sample_count);
  clip_.probabilities = std::move(probabilities);
  clip_.logits = std::move(logits);
  for (const double sum : score_sums_) {
    const double mean = sum / static_cast<double>(patches_);
    clip_.probabilities.push_back(mean);
    if (!clip_.logits.empty()) clip_.logits.push_back(logit_of(mean));
  }
  return std::move(clip_);
}

}  // namespace soundfold::runtime

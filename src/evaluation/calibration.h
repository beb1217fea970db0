// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "evaluation/metrics.h"
#include "evaluation/silence_gate.h"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace soundfold::evaluation {

/// The temperature T that calibrates probabilities: logits are divided by it before softmax or sigmoid, which changes
/// no ranking of one label's classes (Guo et al. 2017, "On Calibration of Modern Neural Networks", section 4.2).
/// T minimises the mean negative log-likelihood of `predictions` (multi-label: the mean binary cross-entropy),
///   L(b) = mean_i [ log sum_k exp(b z_ik) - b z_iy ],  b = 1 / T,
/// which is convex in b, with
///   L'(b) = mean_i [ sum_k p_ik(b) z_ik - z_iy ]       (multi-label: mean_ik (sigmoid(b z_ik) - t_ik) z_ik)
/// never falling. L' is brought to zero by bisection over log T in [kLeastTemperature, kLargestTemperature]. Nothing
/// when the minimum is not inside: below, because (nearly) every sample is right and L only falls with T; above,
/// because the logits are no better than chance. Throws UsageError for no samples or inconsistent sizes.
std::optional<double> fit_temperature(const Predictions& predictions);
inline constexpr double kLeastTemperature = 0.05;
inline constexpr double kLargestTemperature = 20;

/// `predictions` with all logits divided by `temperature`.
Predictions with_temperature(Predictions predictions, double temperature);

/// The threshold of each class [K] with the largest F1 = 2 TP / (2 TP + FP + FN) of "probability >= threshold" on
/// `predictions`. Candidates lie halfway between neighbouring distinct probabilities (and halfway from 0 to the
/// lowest); of equally good ones the one nearest 0.5 is taken, of equally near ones the lower. 0.5 for a class without
/// a positive.
std::vector<double> best_thresholds(const Predictions& predictions);

/// Mean over the classes that occur or are predicted of the F1 with these thresholds; NaN when there is none.
double macro_f1_at(const Predictions& predictions, const std::vector<double>& thresholds);

/// How probabilities become an answer. Travels in a model's metadata.
struct DecisionRule {
  double temperature = 1;
  std::vector<double> thresholds;             ///< [K], or empty: none
  std::optional<std::size_t> negative_class;  ///< means "none of the others"
  std::optional<SilenceGate> silence_gate;    ///< nothing: any sound is given classes
  /// How many classes follow the K: independent ones of the backbone, which no JSON of a rule mentions.
  std::size_t appended = 0;

  /// Softmax or sigmoid [K] of the logits divided by the temperature.
  std::vector<double> probabilities(const std::vector<float>& logits, bool multi_label) const;

  struct Answer {
    std::vector<std::size_t> classes;  ///< detected, most probable first; without thresholds every class
    std::string none;  ///< when there is none: "silence", "none of the classes", "nothing above its threshold"
  };
  /// Silent sound (as the gate decides) has no class. The negative class is never among the answer: when it is the most
  /// probable of the K, none of the K is. With thresholds, classes below theirs are left out; appended ones below 0.5.
  Answer answer(const std::vector<double>& probabilities, bool silent) const;

  /// {"temperature": 1.4, "thresholds": {"dog": 0.4, ...}, "negative_class": "other", "silence_gate": {"dbfs": -60,
  /// "score": 0.5}}; of the first three only what differs from the default, the last in any case (false: no gate).
  nlohmann::json to_json(const std::vector<std::string>& class_names) const;
  /// From to_json's form; null or an empty object gives the default with the default gate. Throws DataError for
  /// anything else that is not it.
  static DecisionRule from_json(const nlohmann::json& json, const std::vector<std::string>& class_names);
};

/// Share of the clips that `rule` answers as they are labelled: of several labels a clip exactly those at or above
/// their thresholds; of one label the first class of the answer, where "none of the classes" stands for the negative
/// class. Without thresholds those are the classes that compute_metrics() counts. NaN without clips.
double accuracy_with(const Predictions& clips, const DecisionRule& rule);

}  // namespace soundfold::evaluation

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "evaluation/metrics.h"

#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <vector>

namespace soundfold::evaluation {

/// Clip level first, window level second.
struct Evaluation {
  std::vector<std::string> class_names;
  Metrics clips, windows;
  /// Of the windows that are not silent; nothing when their levels are not known, or none or all are silent.
  std::optional<Metrics> sounding_windows;
  /// Wrongly classified clips, worst (highest wrong confidence) first.
  struct Mistake {
    std::string clip_id, truth, predicted;  ///< several classes are joined with "; ", none is "(none)"
    double probability = 0;  ///< of the predicted class; multi-label: the confidence of the worst wrong yes or no
  };
  std::vector<Mistake> mistakes;
};

/// Metrics of both levels and the list of mistakes. Throws as compute_metrics does, and UsageError when the ids or the
/// two levels do not fit together.
Evaluation evaluate(const Predictions& clips, const Predictions& windows, const std::vector<std::string>& clip_ids,
                    const std::vector<std::string>& class_names);

/// A window below this level is silent: it holds no sound of its class.
inline constexpr float kSilentWindowDbfs = -60;

/// Fills in `sounding_windows`. `windows` are those that were evaluated, with the level of each. Throws UsageError when
/// there is not one level for each window.
void add_sounding_windows(Evaluation& evaluation, const Predictions& windows, const std::vector<float>& level_dbfs);

/// Everything, for machines; NaN as null.
nlohmann::json json_report(const Evaluation& evaluation);

/// The metrics of one level from json_report's form, such as json["clips"]; null as NaN. Throws DataError for anything
/// else.
Metrics metrics_from_json(const nlohmann::json& json);

/// One CSV row per clip: clip, truth, predicted, then the probability of every class (a column named as the class).
/// RFC 4180 quoting, lines end with '\n'; several labels are joined with "; ".
std::string predictions_csv(const Predictions& clips, const std::vector<std::string>& clip_ids,
                            const std::vector<std::string>& class_names);

}  // namespace soundfold::evaluation

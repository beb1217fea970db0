#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "evaluation/metrics.h"

namespace soundfold::evaluation {

/// Clip level first, frame level second.
struct Evaluation {
  std::vector<std::string> class_names;
  Metrics clips, frames;
  /// Wrongly classified clips, worst (highest wrong confidence) first.
  struct Mistake {
    std::string clip_id, truth, predicted;
    double probability = 0;  ///< of the predicted class
  };
  std::vector<Mistake> mistakes;
};

Evaluation evaluate(const Predictions& clips, const Predictions& frames, const std::vector<std::string>& clip_ids,
                    const std::vector<std::string>& class_names);

/// For people: accuracy with counts (16/16), per-class table, confusion matrix (when K <= 20, else the most confused
/// pairs), mistakes (at most `max_mistakes`).
std::string text_report(const Evaluation& evaluation, std::size_t max_mistakes = 10);

/// Everything, for machines; NaN as null.
nlohmann::json json_report(const Evaluation& evaluation);

/// One CSV row per clip: clip, truth, predicted, then the probability of every class.
std::string predictions_csv(const Predictions& clips, const std::vector<std::string>& clip_ids,
                            const std::vector<std::string>& class_names);

}  // namespace soundfold::evaluation

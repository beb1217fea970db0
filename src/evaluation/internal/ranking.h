// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

namespace soundfold::evaluation {

/// Average precision of `scores` for the truths `positive` (same length): the sum over distinct thresholds, from high
/// to low, of (recall gained) * (precision there). Equal scores share one threshold. NaN without positives. The
/// definition is that of scikit-learn's average_precision_score.
double average_precision(const std::vector<double>& scores, const std::vector<bool>& positive);

/// Area under the ROC curve: the probability that a positive scores above a negative, ties counting one half
/// (the Mann-Whitney U statistic over n+ * n-). NaN without positives or without negatives.
double roc_auc(const std::vector<double>& scores, const std::vector<bool>& positive);

}  // namespace soundfold::evaluation

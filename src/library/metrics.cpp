// SPDX-License-Identifier: Apache-2.0
#include "evaluation/metrics.h"

#include <soundfold/metrics.h>

namespace soundfold {

Metrics compute_metrics(const Predictions& predictions, const std::vector<std::string>& class_names) {
  return evaluation::compute_metrics(predictions, class_names);
}

}  // namespace soundfold

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "evaluation/statistics.h"

#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <vector>

namespace soundfold::charts {

/// Losses and accuracies of one epoch; NaN for what was not measured.
struct CurvePoint {
  std::int64_t epoch = 0;
  double loss = 0, accuracy = 0;
  double validation_loss = std::numeric_limits<double>::quiet_NaN();
  double validation_accuracy = std::numeric_limits<double>::quiet_NaN();
};

/// The confusion matrix [K][K], row = truth, column = prediction: counts, coloured by their share of the row, with tips
/// naming both classes. `link` may give an address for a cell, or "". The matrix is about `side` wide, with names as
/// small as its rows; where a cell would be narrower than 7 (420: above 60 classes) they are left out.
std::string confusion_picture(const std::vector<std::vector<std::int64_t>>& confusion,
                              const std::vector<std::string>& class_names,
                              const std::function<std::string(std::size_t truth, std::size_t predicted)>& link = {},
                              double side = 420);

/// Share of right answers against confidence: a bar for each bin that is not empty, its clips in its tip, and the
/// diagonal on which calibrated probabilities lie.
std::string reliability_picture(const std::vector<evaluation::ReliabilityBin>& bins);

/// Losses (in nats) and accuracies by epoch, with `best_epoch` marked when it is above 0.
std::string curves_picture(const std::vector<CurvePoint>& epochs, std::int64_t best_epoch);

/// A horizontal bar of a share of 1, for a table's cell.
std::string share_bar(double share);

}  // namespace soundfold::charts

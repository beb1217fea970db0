// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/choices.h"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace soundfold::protocols {

/// Result of one member of a sweep.
struct SweepRow {
  std::size_t number = 0;             ///< from 1: the name of its folder, sweep/001
  std::vector<std::string> settings;  ///< as text, in the order of the swept keys
  double value = 0;                   ///< of the metric that decides; NaN when it failed
  double validation_loss = 0;
  double epochs = 0;    ///< until the kept weights; a mean over the rounds
  std::string problem;  ///< why it failed; empty when it did not
};

/// "001".
std::string member_name(std::size_t number);

/// Best first: by value, then by smaller validation loss, then by number; failed ones last.
void rank(std::vector<SweepRow>& rows, bool larger_is_better);

/// For users: at most `most` lines; `keys` are the swept keys.
std::string sweep_table_text(const std::vector<SweepRow>& ranked, const std::vector<std::string>& keys,
                             config::Metric metric, std::size_t most);
/// For machines: all rows (sweep.csv).
std::string sweep_table_csv(const std::vector<SweepRow>& ranked, const std::vector<std::string>& keys,
                            config::Metric metric);
nlohmann::json sweep_rows_json(const std::vector<SweepRow>& ranked, const std::vector<std::string>& keys);

}  // namespace soundfold::protocols

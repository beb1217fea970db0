// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/experiment.h"
#include "heads/head.h"
#include "network/description.h"

#include <cstdint>
#include <string>
#include <vector>

namespace soundfold::features {

struct PreparedFeatures;

/// One line of a summary of the network that is trained.
struct SummaryRow {
  std::string layer;
  std::string output;        ///< "[P, 1024]" of P patches (windows of 0.96 s), "[C, 5]" of C clips
  std::int64_t trained = 0;  ///< parameters that training changes
  std::int64_t frozen = 0;   ///< parameters and statistics that it leaves as they are
};

/// The backbone, its blocks in one line, or in two where the last of them (from `first_trained` on, counted from 1; 0:
/// none) are trained. Per channel a batch norm has an offset, which is trained with its block, and two frozen
/// statistics.
std::vector<SummaryRow> backbone_rows(const network::Description& network, std::int64_t first_trained);

/// The layers of a head of that kind.
std::vector<SummaryRow> head_rows(const heads::HeadSpec& spec);

/// Backbone and head as a table with a line of totals, as Keras's model.summary() shows a model: layer, output shape,
/// parameters, how many of them are trained; without a line break at its end. Reads the description of the network from
/// the experiment's weights.
std::string model_summary(const config::Experiment& experiment, const PreparedFeatures& prepared);

}  // namespace soundfold::features

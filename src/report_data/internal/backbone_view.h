// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "baselines/clip_vectors.h"
#include "config/experiment.h"
#include "run_report/report_input.h"

#include <string>
#include <vector>

namespace soundfold::report_data {

/// Enters what the backbone itself says of the clips: its classes with the highest scores for each sound and over the
/// test clips of each class, and how many of each class its matching classes alone would give right. Nothing where the
/// records have no scores of `backbone_classes`.
void add_backbone_view(const config::Experiment& experiment, const std::vector<std::string>& backbone_classes,
                       const baselines::ClipVectors& vectors, run_report::ReportInput& input);

}  // namespace soundfold::report_data

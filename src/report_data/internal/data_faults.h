// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/experiment.h"
#include "features/prepare.h"
#include "report_data/internal/clip_vectors.h"
#include "run_report/report_input.h"

namespace soundfold::report_data {

/// Sets the section on faults of the data: what the embeddings alone show (audit::kStoredKinds); no file is decoded.
/// With more than 4,000 clips it only says how to look for them, since every clip is compared with every other.
void add_data_faults(const config::Experiment& experiment, const features::PreparedFeatures& prepared,
                     const ClipVectors& vectors, run_report::ReportInput& input);

}  // namespace soundfold::report_data

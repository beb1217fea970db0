// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "baselines/clip_vectors.h"
#include "config/experiment.h"
#include "features/prepare.h"
#include "run_report/report_input.h"

namespace soundfold::report_data {

/// Sets the section on faults of the data: what the embeddings alone show (audit::kStoredKinds); no file is decoded.
/// With more than 4,000 clips it only says how to look for them, since every clip is compared with every other.
void add_data_faults(const config::Experiment& experiment, const features::PreparedFeatures& prepared,
                     const baselines::ClipVectors& vectors, run_report::ReportInput& input);

}  // namespace soundfold::report_data

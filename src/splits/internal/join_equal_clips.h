// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/experiment.h"
#include "dataset/dataset.h"

namespace soundfold::splits {

/// Makes clips whose files hold the same bytes one source (dataset/equal_clips.h), before anything is split. Uses what
/// the experiment's embedding store remembers of files, where there is one.
void join_equal_clips(const config::Experiment& experiment, dataset::Dataset& data);

}  // namespace soundfold::splits

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/experiment.h"
#include "dataset/dataset.h"

#include <string>
#include <vector>

namespace soundfold::splits {

/// Makes clips whose files hold the same bytes one source, together with all clips of the sources that they had, so
/// that they never cross splits: a recording under a second name would be trained on and tested with. Warns and names
/// them. `digests` has one entry per clip, that of its file's bytes; an empty one equals none. Throws DataError when
/// such clips have different classes, naming both files and classes. Where a clip may have several labels, or the folds
/// are a published benchmark's, that is a warning; stretches of recordings may have any.
void join_equal_clips(dataset::Dataset& data, const std::vector<std::string>& digests);

/// The same, before anything is split. Uses what the experiment's embedding store remembers of files, where there is
/// one.
void join_equal_clips(const config::Experiment& experiment, dataset::Dataset& data);

}  // namespace soundfold::splits

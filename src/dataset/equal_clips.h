// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "dataset/dataset.h"

#include <string>
#include <vector>

namespace soundfold::dataset {

/// Makes clips whose files hold the same bytes one source, together with all clips of the sources that they had, so
/// that they never cross splits: a recording under a second name would be trained on and tested with. Warns and names
/// them. `digests` has one entry per clip, that of its file's bytes; an empty one equals none. Throws DataError when
/// such clips have different classes, naming both files and classes. Where a clip may have several labels, or the folds
/// are a published benchmark's, that is a warning.
void join_equal_clips(Dataset& dataset, const std::vector<std::string>& digests);

}  // namespace soundfold::dataset

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "dataset/dataset.h"

namespace soundfold::dataset {

/// ESC-50's own layout: meta/esc50.csv and audio/. See github.com/karolpiczak/ESC-50.
Dataset load_esc50(const DataOptions& options);

/// One folder per class below the root.
Dataset load_folders(const DataOptions& options);

/// A CSV with the columns path, label and, if wanted, fold and source.
Dataset load_manifest(const DataOptions& options);

}  // namespace soundfold::dataset

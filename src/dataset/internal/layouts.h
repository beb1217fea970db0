// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "dataset/dataset.h"

#include <array>

namespace soundfold::dataset {

/// ESC-50's own layout: meta/esc50.csv and audio/. See github.com/karolpiczak/ESC-50.
Dataset load_esc50(const DataOptions& options);

/// One folder per class below the root.
Dataset load_folders(const DataOptions& options);

/// A CSV with the columns path, label and, if wanted, fold and source.
Dataset load_manifest(const DataOptions& options);

/// A way in which a data set lies on disk, by its name in data.layout, and which options it has.
struct Layout {
  const char* name;
  Dataset (*load)(const DataOptions& options);
  bool is_list;    ///< manifest, columns and multi_label are for it, and a root is not needed
  bool has_esc10;  ///< esc10 is for it
};
inline constexpr std::array<Layout, 3> kLayouts = {{
    {"esc50", load_esc50, false, true},
    {"folders", load_folders, false, false},
    {"csv", load_manifest, true, false},
}};

}  // namespace soundfold::dataset

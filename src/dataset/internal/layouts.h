// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "dataset/dataset.h"

#include <array>

namespace soundfold::dataset {

/// ESC-50's own layout: meta/esc50.csv and audio/. See github.com/karolpiczak/ESC-50.
Dataset load_esc50(const DataOptions& options);

/// One folder per class below the root.
Dataset load_folders(const DataOptions& options);

/// A CSV with the columns path, label and, if wanted, fold, source, start_s and end_s.
Dataset load_manifest(const DataOptions& options);

/// Recordings with label files: a clip for each event, and for some of the time without.
Dataset load_annotations(const DataOptions& options);

/// How a layout is read, and which options it has.
struct LayoutReader {
  Layout layout;
  Dataset (*load)(const DataOptions& options);
  bool is_list;    ///< manifest, columns and multi_label are for it, and a root is not needed
  bool has_esc10;  ///< esc10 is for it
};
inline constexpr std::array<LayoutReader, 4> kLayouts = {{
    {Layout::esc50, load_esc50, false, true},
    {Layout::folders, load_folders, false, false},
    {Layout::csv, load_manifest, true, false},
    {Layout::annotations, load_annotations, false, false},
}};

}  // namespace soundfold::dataset

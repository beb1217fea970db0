// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/experiment.h"
#include "dataset/dataset.h"
#include "device/torch.h"
#include "extraction/extraction.h"
#include "heads/feature_set.h"
#include "store/store.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace soundfold::features {

/// How silent each window is, [W] float32, in the windows' order of gather_features: its level in dBFS (measure:
/// level), or the backbone's score for its class `silence_class` (measure: score). Throws DataError when a record is
/// missing or its network has no such class.
torch::Tensor silence_of_windows(const std::vector<std::size_t>& indices,
                                 const std::vector<extraction::ExtractedClip>& extracted, const store::Store& store,
                                 const config::Silence& silence, std::optional<std::size_t> silence_class);

/// What was done with the silent windows of a training set.
struct SilentWindows {
  std::int64_t silent = 0;   ///< windows that count as silent
  std::int64_t windows = 0;  ///< all windows
  std::string rule;          ///< "below -60 dBFS"
  std::string action;        ///< "dropped", "weighted 0.1"
  /// "37 of 160 training windows are silent (below -60 dBFS): dropped"
  std::string text() const;
};

/// Drops (silence.windows: drop) or weights (weight) the silent windows of `set`, which is for training only. Silent is
/// a window below threshold_dbfs, or of at least threshold_score. A clip of silent windows only keeps its least silent
/// one (of equals the first), which then counts as not silent. Weights are 1 and silence.weight, divided by their mean
/// over all windows, so that the mean weight of a window is 1 and the loss keeps its size. `measured` is [W]. keep:
/// nothing changes, everything is counted as not silent.
SilentWindows treat_silent_windows(heads::FeatureSet& set, const torch::Tensor& measured,
                                   const config::Silence& silence);

}  // namespace soundfold::features

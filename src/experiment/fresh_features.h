// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/experiment.h"
#include "experiment/prepare.h"
#include "support/torch.h"

#include <cstdint>
#include <functional>

namespace soundfold::experiment {

/// What hears the clips of prepared.train anew in each epoch (augmentation.fresh_share), for
/// training::TrainerOptions::fresh_features; null when the share is 0. `prepared` must outlive it.
///
/// Which clips an epoch hears changed, and how, depends on experiment.seed, the digest of the clip's file and the
/// number of the epoch: variant number e of augmentation::Variant in epoch e. A changed clip has as many samples as its
/// recording: what speed made longer is cut, what it made shorter begins again. The other clips stay as stored.
/// Up to `threads` clips at once; the values do not depend on how many. Called, it throws DataError when a file is gone
/// or has changed since this function read its digest, and Interrupted when a stop was asked for.
std::function<torch::Tensor(std::int64_t epoch)> fresh_features(const config::Experiment& experiment,
                                                                const PreparedFeatures& prepared, int threads);

}  // namespace soundfold::experiment

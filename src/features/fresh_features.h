// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/experiment.h"
#include "device/torch.h"
#include "features/prepare.h"

#include <cstdint>
#include <functional>

namespace soundfold::features {

/// Computes the features of prepared.sets.train for each epoch (augmentation.fresh_share), for
/// training::TrainerOptions::fresh_features; null when the share is 0. `prepared` need not outlive it.
///
/// Which clips an epoch augments, and how, depends on experiment.seed, the digest of the clip's file and the
/// number of the epoch: variant number e of augmentation::Variant in epoch e. An augmented clip has as many samples as
/// its recording: a longer one is cut, a shorter one is repeated. The other clips stay as stored.
/// Up to `threads` clips at once; the values do not depend on how many. Called, it throws DataError when a file is gone
/// or has changed since this function read its digest, and Interrupted when a stop was requested.
std::function<torch::Tensor(std::int64_t epoch)> fresh_features(const config::Experiment& experiment,
                                                                const PreparedFeatures& prepared, int threads);

}  // namespace soundfold::features

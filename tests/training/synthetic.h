// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "heads/feature_set.h"
#include "training/settings.h"
#include "training/trainer.h"

#include <cstdint>
#include <string>
#include <vector>

namespace soundfold::testing {

/// Stands for a crash: thrown out of on_epoch, after the checkpoint.
struct Crash {};

/// Clips of 1 to 4 windows around one random centre per class (deviation 6, windows deviation 1): separable, drawn with
/// `seed`. Clip i is of class i % classes.
heads::FeatureSet make_clips(std::int64_t clips, std::int64_t values, std::int64_t classes, std::uint64_t seed);

/// The same clips with 0/1 targets: each clip carries its class and every third clip the next class too.
heads::FeatureSet make_multi_label_clips(std::int64_t clips, std::int64_t values, std::int64_t classes,
                                         std::uint64_t seed);

/// The same set with its windows streamed: from a copy that is looked at only when windows are asked for.
heads::FeatureSet streamed(const heads::FeatureSet& set, std::uint64_t most_bytes = 1 << 20);

/// Settings of a small training on such data: one hidden layer of 8, batches of 8, 4 epochs.
training::Settings small_settings();

/// All parameters and buffers of a head, one after the other, for exact comparison.
std::vector<float> values_of(heads::Head& head);

/// The training without bar and log lines.
training::Outcome train_quietly(const training::Settings& settings, const heads::FeatureSet& train,
                                const heads::FeatureSet& validation, std::int64_t classes,
                                training::TrainerOptions options = {});

}  // namespace soundfold::testing

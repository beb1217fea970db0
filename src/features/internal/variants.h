// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "augmentation/variant.h"
#include "config/experiment.h"
#include "features/prepare.h"

#include <memory>
#include <vector>

namespace soundfold::features {

/// The limits of the configuration (augmentation.*), drawn by its seed.
augmentation::VariantOptions variant_options(const config::Experiment& experiment);

/// The recordings of augmentation.noise_folder; null when it is empty. Throws UsageError when there is no such folder,
/// and as augmentation::load_noises does.
std::shared_ptr<const augmentation::Noises> variant_noises(const config::Experiment& experiment);

/// The waveform variants of the configuration, one transform each; empty when augmentation.waveform_variants is 0.
/// Reads the recordings of augmentation.noise_folder. Throws as augmentation::load_noises does.
std::vector<std::shared_ptr<const extraction::WaveformTransform>> make_variants(const config::Experiment& experiment);

/// The variants of the training clips in the store: for each variant one entry per clip of the data set (an empty key
/// where the clip is not in training). Fills `prepared.variants`. Validation and test clips never have variants.
std::vector<std::vector<extraction::ExtractedClip>> extract_variants(const config::Experiment& experiment,
                                                                     engines::Backbone& backbone, store::Store& store,
                                                                     const extraction::ExtractionOptions& options,
                                                                     PreparedFeatures& prepared);

}  // namespace soundfold::features

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "augmentation/variant.h"
#include "config/experiment.h"
#include "engines/backbone.h"
#include "extraction/extraction.h"
#include "frontend/recipe.h"
#include "splits/prepare_data.h"
#include "store/store.h"

#include <memory>
#include <vector>

namespace soundfold::features {

/// The limits of the configuration (augmentation.*), drawn by its seed, for waveforms that a network with this input
/// takes.
augmentation::VariantOptions variant_options(const config::Experiment& experiment, const frontend::InputRecipe& input);

/// The recordings of augmentation.noise_folder and the responses of augmentation.room_folder; null for an empty one.
/// Throws UsageError when there is no such folder, and as augmentation::load_recordings does.
std::shared_ptr<const augmentation::Recordings> variant_noises(const config::Experiment& experiment,
                                                               const frontend::InputRecipe& input);
std::shared_ptr<const augmentation::Recordings> variant_rooms(const config::Experiment& experiment,
                                                              const frontend::InputRecipe& input);

/// The waveform variants of the configuration, one transform each; empty when augmentation.waveform_variants is 0.
/// Reads the recordings of both folders. Throws as variant_noises and augmentation::Variant do.
std::vector<std::shared_ptr<const extraction::WaveformTransform>> make_variants(const config::Experiment& experiment,
                                                                                const frontend::InputRecipe& input);

/// The waveform variants of the training clips in the store.
struct EmbeddedVariants {
  extraction::ExtractionReport report;
  /// For each variant one entry per clip of the data set: an empty key where the clip is not in training.
  std::vector<std::vector<extraction::ExtractedClip>> clips;
};

/// Validation and test clips never have variants. Throws as extraction::extract and make_variants do.
EmbeddedVariants extract_variants(const config::Experiment& experiment, const splits::SplitData& data,
                                  engines::Backbone& backbone, store::Store& store,
                                  const extraction::ExtractionOptions& options);

}  // namespace soundfold::features

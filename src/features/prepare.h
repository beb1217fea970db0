// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "augmentation/variant.h"
#include "config/experiment.h"
#include "dataset/dataset.h"
#include "device/torch.h"
#include "engines/backbone.h"
#include "extraction/extraction.h"
#include "features/silent_frames.h"
#include "finetuning/network_tail.h"
#include "heads/feature_set.h"
#include "heads/known_classes.h"
#include "splits/splits.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace soundfold::features {

/// What augments and embeds training clips in each epoch (fresh_features.h).
struct FreshSource {
  std::shared_ptr<const engines::Backbone> backbone;   ///< the network up to where training starts
  std::shared_ptr<const augmentation::Noises> noises;  ///< to mix in; null: none
};

/// The data with their embeddings.
struct PreparedFeatures {
  dataset::Dataset data;
  splits::Splits splits;  ///< without bad clips
  std::vector<extraction::ExtractedClip>
      clips;                                ///< one per clip of `data`; an empty key where not in any split, or bad
  extraction::ExtractionReport extraction;  ///< of the clips in the splits
  std::vector<std::string> skipped;         ///< "clip: why" for bad clips that were left out
  std::string weights_digest;
  engines::ComputeType compute;  ///< of the embeddings
  std::int64_t embedding_size = 0, score_count = 0;
  std::vector<std::string> backbone_classes;  ///< names of the network's own classes
  /// With backbone.train: where its trained part starts. Features are then maps at that cut, not the head's inputs.
  std::optional<finetuning::TailStart> tail;
  std::vector<std::int64_t> input_parts;             ///< sizes of the parts of a frame (heads/head.h); empty: one part
  std::optional<heads::KnownClasses> known_classes;  ///< as head.known_classes says; none when it is empty
  std::optional<FreshSource> fresh;                  ///< with augmentation.fresh_share
  heads::FeatureSet train, validation, test;
  heads::FeatureSet recorded_train;       ///< the training clips as evaluation sees them: every frame, no weights
  SilentFrames silent;                    ///< of `train`
  extraction::ExtractionReport variants;  ///< of the waveform variants, which follow the recorded clips in `train`
};

/// Makes sure that every clip of the splits is embedded and gathers the features. Bad clips are left out or fatal as
/// data.on_bad_clip says; the splits are checked again without them. Throws DataError when a class has no negative
/// example in training. Reads nothing of the configuration but its feature_settings().
PreparedFeatures prepare_features(const config::Experiment& given, const torch::Device& device);

/// What of a record the features are: embeddings, scores, both. With backbone.train the maps at the cut take the place
/// of the embeddings.
std::string record_values(const config::Experiment& experiment);

}  // namespace soundfold::features

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "audio/waveform.h"
#include "augmentation/variant.h"
#include "config/experiment.h"
#include "dataset/dataset.h"
#include "embeddings/extraction.h"
#include "finetuning/network_tail.h"
#include "support/torch.h"
#include "training/features.h"
#include "training/known_classes.h"
#include "training/silent_frames.h"
#include "yamnet/backbone.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace soundfold::experiment {

/// The data of an experiment, read, split and checked; nothing embedded yet.
struct PreparedData {
  dataset::Dataset data;
  dataset::Splits splits;
};

/// Reads and splits the data as the configuration says: as the data set itself splits them, by folds where the data
/// have them, at random otherwise. For a cross-validation all clips of its folds are in `train` and every round's
/// splits are checked. Throws UsageError when data.negative_class is not one of the classes; UsageError and DataError
/// as dataset/dataset.h says.
PreparedData prepare_data(const config::Experiment& experiment);

/// What augments and embeds training clips in each epoch (fresh_features.h).
struct FreshSource {
  std::shared_ptr<const yamnet::Backbone> backbone;    ///< the network up to where training starts
  std::shared_ptr<const augmentation::Noises> noises;  ///< to mix in; null: none
};

/// The data with their embeddings.
struct PreparedFeatures {
  dataset::Dataset data;
  dataset::Splits splits;  ///< without bad clips
  std::vector<embeddings::ExtractedClip>
      clips;                                ///< one per clip of `data`; an empty key where not in any split, or bad
  embeddings::ExtractionReport extraction;  ///< of the clips in the splits
  std::vector<std::string> skipped;         ///< "clip: why" for bad clips that were left out
  std::string weights_digest;
  yamnet::ComputeType compute;  ///< of the embeddings
  std::int64_t embedding_size = 0, score_count = 0;
  std::vector<std::string> backbone_classes;  ///< names of the network's own classes
  /// With backbone.train: where its trained part starts. Features are then maps at that cut, not the head's inputs.
  std::optional<finetuning::TailStart> tail;
  std::vector<std::int64_t> input_parts;  ///< sizes of the parts of a frame (training/head.h); empty: one part
  std::optional<training::KnownClasses> known_classes;  ///< as head.known_classes says; none when it is empty
  std::optional<FreshSource> fresh;                     ///< with augmentation.fresh_share
  training::FeatureSet train, validation, test;
  training::FeatureSet recorded_train;    ///< the training clips as evaluation sees them: every frame, no weights
  training::SilentFrames silent;          ///< of `train`
  embeddings::ExtractionReport variants;  ///< of the waveform variants, which follow the recorded clips in `train`
};

/// Makes sure that every clip of the splits is embedded and gathers the features. Bad clips are left out or fatal as
/// data.on_bad_clip says; the splits are checked again without them. Throws DataError when a class has no negative
/// example in training. Reads nothing of the configuration but its feature_settings().
PreparedFeatures prepare_features(const config::Experiment& given, const torch::Device& device);

/// What of a record the features are: embeddings, scores, both. With backbone.train the maps at the cut take the place
/// of the embeddings.
std::string record_values(const config::Experiment& experiment);

/// The data options of a configuration.
dataset::DataOptions data_options(const config::Data& data);

/// How the data's sound files are decoded.
audio::DecodeOptions decode_options(const config::Data& data);

}  // namespace soundfold::experiment

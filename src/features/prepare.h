// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "augmentation/variant.h"
#include "config/experiment.h"
#include "device/torch.h"
#include "engines/backbone.h"
#include "extraction/extraction.h"
#include "features/silent_windows.h"
#include "finetuning/network_tail.h"
#include "heads/feature_set.h"
#include "heads/known_classes.h"
#include "splits/prepare_data.h"

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace soundfold::features {

/// The network that the features come from.
struct BackboneInfo {
  std::string weights_digest;
  std::vector<std::string> class_names;              ///< of the network's own classifier
  engines::ComputeType compute;                      ///< of the embeddings
  frontend::InputRecipe input;                       ///< what it takes
  std::vector<std::int64_t> input_parts;             ///< sizes of the parts of a window (heads/head.h); empty: one part
  std::optional<heads::KnownClasses> known_classes;  ///< as head.known_classes says; none when it is empty
  /// With backbone.train: where its trained part starts. Features are then maps at that cut, not the head's inputs.
  std::optional<finetuning::TailStart> tail;
};

/// The clips of the splits in the store.
struct EmbeddedClips {
  /// One per clip of the data set; an empty key where not in any split, or bad.
  std::vector<extraction::ExtractedClip> records;
  extraction::ExtractionTotals totals;  ///< of the clips in the splits
  std::vector<std::string> skipped;     ///< "clip: why" for bad clips that were left out
};

/// What augments and embeds training clips in each epoch (fresh_features.h).
struct FreshSource {
  std::shared_ptr<const engines::Backbone> backbone;       ///< the network up to where training starts
  std::shared_ptr<const augmentation::Recordings> noises;  ///< to mix in; null: none
  std::shared_ptr<const augmentation::Recordings> rooms;   ///< impulse responses; null: none
};

/// How features were made. All that is selected from them, such as the rounds of a cross-validation, shares it.
struct Origin {
  BackboneInfo backbone;
  EmbeddedClips embedded;
  extraction::ExtractionReport variants;  ///< of the waveform variants of all training clips
  SilentWindows silent;                   ///< of all training clips and their variants
  std::optional<FreshSource> fresh;       ///< with augmentation.fresh_share
  /// What values of the store may take in memory at a time: run.feature_memory_mb. Larger sets are streamed.
  std::uint64_t most_feature_bytes = std::numeric_limits<std::uint64_t>::max();
};

/// What a head is trained, validated and tested on.
struct FeatureSets {
  heads::FeatureSet train;  ///< the recorded clips, then their waveform variants; silent windows treated
  heads::FeatureSet validation, test;
  heads::FeatureSet recorded_train;  ///< the training clips as evaluation sees them: every window, no weights
};

/// The data with their embeddings.
struct PreparedFeatures {
  splits::SplitData data;                ///< without bad clips in the splits
  std::shared_ptr<const Origin> origin;  ///< never null
  FeatureSets sets;                      ///< of the clips of `data.splits`
};

/// Makes sure that every clip of the splits is embedded and gathers the features. Bad clips are left out or fatal as
/// data.on_bad_clip says; the splits are checked again without them. Throws DataError when a class has no negative
/// example in training. Features that need more than run.feature_memory_mb stay in the store and are read from there
/// (StreamedFrames); UsageError when the experiment has what needs them in memory. Reads nothing of the configuration
/// but its feature_settings().
PreparedFeatures prepare_features(const config::Experiment& given, const torch::Device& device);

}  // namespace soundfold::features

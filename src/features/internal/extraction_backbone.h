// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/experiment.h"
#include "device/torch.h"
#include "engines/backbone.h"
#include "finetuning/network_tail.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace soundfold::features {

bool trains_backbone(const config::Experiment& experiment);

/// What of a record the features are. With backbone.train the maps at the cut take the place
/// of the embeddings.
config::HeadInput record_values(const config::Experiment& experiment);

/// "block 14", "blocks 13 to 14".
std::string blocks_text(std::int64_t first, std::int64_t last);

/// What extraction runs: the whole network, or with backbone.train its frozen front.
struct ExtractionBackbone {
  std::shared_ptr<engines::Backbone> backbone;
  std::string weights_digest;                 ///< of the whole network
  std::vector<std::string> class_names;       ///< of the whole network
  std::optional<finetuning::TailStart> tail;  ///< with backbone.train: where its trained part starts
};

/// Throws as yamnet::load_backbone does, and UsageError when the network has fewer blocks than are to be trained.
ExtractionBackbone extraction_backbone(const config::Experiment& experiment, const torch::Device& run_device);

}  // namespace soundfold::features

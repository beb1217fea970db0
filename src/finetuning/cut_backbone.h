// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "device/torch.h"
#include "engines/backbone.h"
#include "weights/weights.h"

#include <cstdint>
#include <memory>
#include <string>

namespace soundfold::finetuning {

/// The frozen blocks before `first_trained` as a backbone whose embedding is the map at the cut, flattened from
/// [channels, frames, bands]: for YAMNet 6,144 values per patch when the last block is trained, 12,288 for the last two
/// to eight, and the log-mel patch itself (6,144) when all are. It gives no scores. Extraction, the store and waveform
/// variants work with it as with any other; outputs() names the cut. Throws UsageError when there is no such block.
std::unique_ptr<engines::Backbone> cut_backbone(const weights::Weights& weights, const std::string& weights_digest,
                                                std::int64_t first_trained, const torch::Device& device);

}  // namespace soundfold::finetuning

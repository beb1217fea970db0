// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "device/torch.h"
#include "engines/backbone.h"
#include "engines/compute_type.h"
#include "weights/weights.h"

#include <cstdint>
#include <memory>
#include <string>

namespace soundfold::finetuning {

/// The frozen blocks before `first_trained` as a backbone whose embedding is the map at the cut, flattened from
/// [channels, frames, bands]: for YAMNet 6,144 values per patch when the last block is trained, 12,288 for the last two
/// to eight, and the log-mel patch itself (6,144) when all are. It gives no scores. Extraction, the store and waveform
/// variants work with it as with any other; outputs() names the cut. Throws UsageError when there is no such block.
///
/// Of a transformer the embedding is a row as transformer_row_size() says, whose first value is the window's length, so
/// that windows of all lengths have rows of one size. With `engine` automatic a processor runs these blocks by oneDNN
/// where that is fast; everything else is LibTorch's.
std::unique_ptr<engines::Backbone> cut_backbone(const weights::Weights& weights, const std::string& weights_digest,
                                                std::int64_t first_trained, const torch::Device& device,
                                                engines::Engine engine = engines::Engine::automatic);

}  // namespace soundfold::finetuning

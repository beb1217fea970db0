// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "device/torch.h"
#include "engines/backbone.h"
#include "weights/weights.h"

#include <cstdint>
#include <memory>
#include <string>

/// Private to this room.
namespace soundfold::finetuning {

/// cut_backbone() of a transformer by LibTorch, on any device; before block 1 no network is run at all.
std::unique_ptr<engines::Backbone> torch_transformer_front(const weights::Weights& weights, const std::string& digest,
                                                           std::int64_t first_trained, const torch::Device& device);

}  // namespace soundfold::finetuning

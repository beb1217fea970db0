// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "deploy/model.h"

#include <filesystem>
#include <string>

namespace soundfold::deploy {

/// Loads a model.pt of trainer's. A file without Soundfold's metadata is loaded only when `trusted_scores` is "logits"
/// or "probabilities" rather than empty, with a warning. Throws DataError: not to be loaded, missing, damaged.
Model load_model(const std::filesystem::path& file, const torch::Device& device, const std::string& trusted_scores);

}  // namespace soundfold::deploy

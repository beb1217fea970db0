// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "deploy/model.h"

#include <filesystem>
#include <string>

namespace soundfold::deploy {

/// What a TorchScript file is by its metadata: a model that trainer exported, a backbone from importer, or foreign:
/// without metadata of Soundfold's, so the effect of loading it is unknown.
enum class FileKind { model, yamnet, foreign };

/// Reads only the metadata. Throws DataError: missing, truncated, damaged, not a TorchScript file.
FileKind file_kind(const std::filesystem::path& path);

/// Loads a model.pt of trainer's. A file without Soundfold's metadata is loaded only when `trusted_scores` is "logits"
/// or "probabilities" rather than empty, with a warning. Throws DataError: not to be loaded, missing, damaged.
Model load_model(const std::filesystem::path& file, const torch::Device& device, const std::string& trusted_scores);

}  // namespace soundfold::deploy

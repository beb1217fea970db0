// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "deploy/model.h"
#include "runtime/model_file.h"

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

/// Whether model.safetensors and a model.pt were written by the same training. Throws DataError when `torch_file` is
/// missing or damaged.
bool written_together(const runtime::ModelFile& plain, const std::filesystem::path& torch_file);

/// The TorchScript file for the model that a user names, for what only LibTorch can do: runtime::model_path() and, in
/// place of a model.safetensors, the model.pt written with it, beside it, which an info line names. Throws DataError.
std::filesystem::path torchscript_path(const std::filesystem::path& given);

}  // namespace soundfold::deploy

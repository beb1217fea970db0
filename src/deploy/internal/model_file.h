// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "device/torch.h"
#include "yamnet/archive.h"

#include <nlohmann/json.hpp>

#include <filesystem>

/// The model file as it lies on disk. Private to this room.
namespace soundfold::deploy {

inline constexpr const char* kModelKind = "soundfold classifier";
/// What an export found wrong; not there in a verified one.
inline constexpr const char* kVerificationKey = "verification";

/// A model file whose checksums hold and whose metadata this program understands; LibTorch has not seen it yet.
struct ModelFile {
  yamnet::Archive archive;
  nlohmann::json metadata;
};

/// A TorchScript file of any kind, whose checksums hold. Throws DataError as yamnet::read_archive does.
yamnet::Archive read_any_model(const std::filesystem::path& path);

/// Reads an exported model. Throws DataError: missing, truncated, damaged, no or foreign metadata, a newer format
/// version.
ModelFile read_model_file(const std::filesystem::path& path);

/// The TorchScript module in `archive` on `device`, for inference. Throws LibTorch's errors.
torch::jit::Module module_in(const yamnet::Archive& archive, const torch::Device& device);

/// The same of an exported model. Throws DataError when LibTorch cannot read it, when the digest of its tensors is not
/// the one in the metadata, or when its class names differ from the metadata's.
torch::jit::Module module_from(const ModelFile& file, const torch::Device& device);

}  // namespace soundfold::deploy

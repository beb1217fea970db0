// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "device/torch.h"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <string>

/// The model file as it lies on disk. Private to this room.
namespace soundfold::deploy {

inline constexpr const char* kMetadataEntry = "metadata.json";
inline constexpr const char* kModelKind = "soundfold classifier";
/// What an export found wrong; not there in a verified one.
inline constexpr const char* kVerificationKey = "verification";

/// A model has about 20 MB; this bounds what a wrong path can make us read.
inline constexpr std::uintmax_t kMaxModelBytes = 4'000'000'000;

/// A model file whose checksums hold and whose metadata this program understands; LibTorch has not seen it yet.
struct Archive {
  std::string name;  ///< the file, for messages
  std::string bytes;
  nlohmann::json metadata;
};

/// The text of metadata.json in a TorchScript file, empty when it has none; every checksum of the zip is verified.
/// Throws DataError: not a zip, truncated, damaged.
std::string metadata_text(const std::string& bytes, const std::string& name);

/// That text; a discarded value when it is not JSON. Throws DataError when it is nested too deeply to be copied and
/// printed, which is done recursively.
nlohmann::json parse_json(const std::string& text, const std::string& name);

/// Reads the file and verifies the checksum of every entry of its zip (LibTorch's reader skips them, so a flipped bit
/// in a weight or in the code would go unnoticed). Throws DataError: missing, truncated, damaged, no or foreign
/// metadata, a newer format version.
Archive read_archive(const std::filesystem::path& path);

/// The TorchScript module in `archive` on `device`. Throws DataError when LibTorch cannot read it, when the digest of
/// its tensors is not the one in the metadata, or when its class names differ from the metadata's.
torch::jit::Module module_from(const Archive& archive, const torch::Device& device);

/// The module's class_names attribute.
std::vector<std::string> class_names_of(const torch::jit::Module& module);

}  // namespace soundfold::deploy

#pragma once

#include <nlohmann/json.hpp>
#include <torch/script.h>

#include <filesystem>
#include <string>

/// The model file as it lies on disk. Private to this room.
namespace soundfold::deploy {

inline constexpr const char* kMetadataEntry = "metadata.json";
inline constexpr const char* kModelKind = "soundfold classifier";

/// A model file whose checksums hold and whose metadata this program understands; LibTorch has not seen it yet.
struct Archive {
  std::string name;  ///< the file, for messages
  std::string bytes;
  nlohmann::json metadata;
};

/// Reads the file and verifies the checksum of every entry of its zip (LibTorch's reader skips them, so a flipped bit
/// in a weight or in the code would go unnoticed). Throws DataError: missing, cut off, damaged, no or foreign metadata,
/// a newer format version.
Archive read_archive(const std::filesystem::path& path);

/// The TorchScript module in `archive` on `device`. Throws DataError when LibTorch cannot read it, when the digest of
/// its tensors is not the one in the metadata, or when its class names differ from the metadata's.
torch::jit::Module module_from(const Archive& archive, const torch::Device& device);

/// The module's class_names attribute.
std::vector<std::string> class_names_of(const torch::jit::Module& module);

}  // namespace soundfold::deploy

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace soundfold::yamnet {

/// Names under which Soundfold's files are saved into a TorchScript archive (docs/yamnet.md, docs/model_file.md).
inline constexpr const char* kMetadataEntry = "metadata.json";
inline constexpr const char* kQuantizationEntry = "quantization.bin";

/// "kind" in the metadata of a yamnet.pt.
inline constexpr const char* kBackboneKind = "soundfold yamnet";

/// The largest TorchScript file that is read.
inline constexpr std::uintmax_t kMaxModelBytes = 4'000'000'000;

/// A TorchScript file in memory whose checksums hold; LibTorch has not seen it yet.
struct Archive {
  std::string name;          ///< the file, for messages
  std::string bytes;         ///< all of it
  std::string metadata;      ///< text of metadata.json; empty when it has none, or more than one
  std::string quantization;  ///< quantization.bin, likewise
};

/// Reads a TorchScript file and verifies the checksum of every entry of its zip: LibTorch's own reader skips them, so a
/// flipped bit in the code or in a weight would go unnoticed. `max_bytes` bounds what a wrong path can make us read;
/// `advice` ends the message about a file of another kind ("make one with importer"). Throws DataError: missing, too
/// large, not a zip, truncated, damaged, metadata.json nested too deeply to be copied and printed (which is recursive).
Archive read_archive(const std::filesystem::path& path, std::uintmax_t max_bytes, const std::string& advice);

/// By which a model.safetensors names the model.pt that was written with it: the xxh3_128 of its metadata.json.
std::string torchscript_digest_of(const std::string& metadata);

}  // namespace soundfold::yamnet

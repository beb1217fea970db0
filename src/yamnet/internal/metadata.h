// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "weights/weights.h"

#include <optional>
#include <string>

/// metadata.json inside a yamnet.pt (docs/yamnet.md describes it). Private to this room.
namespace soundfold::yamnet {

inline constexpr int kFormatVersion = 1;

struct Metadata {
  int format_version = kFormatVersion;
  std::string weights_digest;
  std::string source;
  std::int64_t class_count = 0;
  std::int64_t embedding_size = 0;
  network::Activation activation = network::Activation::relu;
  int patch_hop_frames = 0;
  /// Scales and zero points; the arrays of its layers are in quantization.bin.
  std::optional<weights::Quantization> quantization;
};

/// JSON text with a fixed order of keys.
std::string metadata_text(const Metadata& metadata);

/// Throws DataError (messages start with `name`): not JSON, not ours, a newer format version, a missing key.
Metadata parse_metadata(const std::string& text, const std::string& name);

}  // namespace soundfold::yamnet

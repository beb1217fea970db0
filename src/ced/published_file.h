// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "network/description.h"
#include "weights/weights.h"

#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

/// CED's weights as its authors publish them: safetensors of float32 without Soundfold's texts.
namespace soundfold::ced {

/// A published model.safetensors; data/assets.yaml says where.
struct PublishedCed {
  network::CedSize size;
  const char* sha256;
};

/// All of them, by size. The digests are those that findit-studio/coremlit (MIT or Apache-2.0) states.
inline constexpr std::array<PublishedCed, 4> kPublishedCed = {{
    {network::CedSize::tiny, "0e086f0cd62814c6def89001f3f25193f75955696f6975ef6800af31d00d6dd7"},
    {network::CedSize::mini, "e4070d02ca53ec7a1df83bbf779a0e70bc2bbc0a9bacde6330e1dc37c990b215"},
    {network::CedSize::small, "a495e319a620dec4c8b7ca7bb927667ed68169a9efc1a943ccbf5d5c6f9c0c71"},
    {network::CedSize::base, "314935693ed1dcef07576ca0c41277c51c642f3847bc5eb03918c5277eb79af9"},
}};

/// The size whose published file has the sha256 that `source` (Weights::source) names; nothing for any other file.
std::optional<network::CedSize> published_ced(const std::string& source);

/// Whether the file begins as safetensors and has the tensors of a CED by name. False for any other, also one that
/// cannot be read.
bool is_ced(const std::filesystem::path& path);

/// Reads one of CED's sizes: which it is follows from its tensors. `class_names` are those of its outputs, in order.
/// Names, types (float32, and one int64), shapes, places and sizes are exactly those of the published file, values are
/// finite and variances above 0; DataError naming the tensor at fault otherwise.
weights::Weights read_ced(const std::filesystem::path& path, std::vector<std::string> class_names);

/// The same of the transformer of `network`, given without classes.
weights::Weights read_ced(const std::filesystem::path& path, network::Description network,
                          std::vector<std::string> class_names);

}  // namespace soundfold::ced

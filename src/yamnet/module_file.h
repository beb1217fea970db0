// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "device/torch.h"
#include "weights/weights.h"
#include "yamnet/module.h"

#include <filesystem>
#include <string>

namespace soundfold::yamnet {

/// A self-contained yamnet.pt, with metadata.json inside the archive (format version, digest, source, class count,
/// embedding size, activation, quantisation when there is one). Equal modules give equal bytes.
std::string module_bytes(const torch::jit::Module& module, const weights::Weights& weights);

/// Saves module_bytes() atomically.
void save_module(const torch::jit::Module& module, const weights::Weights& weights, const std::filesystem::path& path);

/// Loads a yamnet.pt and verifies the digest of its tensors (LibTorch itself does not notice flipped bytes).
/// Throws DataError: missing, truncated, not ours (no metadata), newer format version, digest mismatch.
LoadedModule load_module(const std::filesystem::path& path, const torch::Device& device);

/// The weights back from a saved module, for engines that do not run TorchScript. Includes the quantisation. When
/// `digest` is given it is set to LoadedModule::weights_digest.
weights::Weights weights_from_file(const std::filesystem::path& path, std::string* digest = nullptr);

}  // namespace soundfold::yamnet

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

namespace soundfold::triton {

/// The TorchScript file `model_file` (a model.pt of trainer's) with the forward that Triton's PyTorch backend wants:
/// arguments that are tensors and nothing else, none of them optional, and a tuple of tensors.
///   forward(waveform [N] or [B, N]) -> (probabilities [B, K], with the temperature, logits [B, K])
/// The model itself is the submodule `model`. It is loaded back and compared with `model_file` on noise.
/// Throws DataError: damaged, no model of trainer's, or the answers differ.
std::string serving_module_bytes(const std::filesystem::path& model_file);

}  // namespace soundfold::triton

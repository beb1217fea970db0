// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "deploy/export.h"
#include "runtime/model_file.h"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

/// The exported model a second time, without code: model.safetensors, which the runtime runs without LibTorch.
namespace soundfold::deploy {

/// "model.safetensors" for "model.pt".
std::filesystem::path plain_path(const std::filesystem::path& path);

/// What `model` of build_model() computes with, and what `metadata` (metadata.json of its file) says, as plain values.
/// `quantization` is the int8 arithmetic of the backbone's weights, where they have one. Throws DataError for another
/// model.
runtime::ModelFile plain_model(const torch::jit::Module& model, const std::string& metadata,
                               std::optional<weights::Quantization> quantization = std::nullopt);

/// What became of such a file.
struct PlainCheck {
  std::filesystem::path file;  ///< empty when there is none
  double difference = 0;       ///< of the logits, from the exported model's: the largest over the cases
  std::string problem;         ///< why there is none, in one line; otherwise empty
};

/// Writes `plain`, made of `model`, as `path` once the runtime gives the logits of `model` on every case, as read back
/// from the disk: within `limit`. Otherwise, and where the runtime cannot run the network (no engine for this
/// processor, or for its layers), there is no file of that name afterwards. Throws DataError when the disk does not
/// take it.
PlainCheck export_plain_model(const runtime::ModelFile& plain, const torch::jit::Module& model,
                              const std::vector<ParityCase>& cases, const std::filesystem::path& path,
                              double limit = 1e-4);

}  // namespace soundfold::deploy

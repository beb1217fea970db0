// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/model_file.h"

#include <filesystem>
#include <optional>

namespace soundfold::triton {

/// A trained classifier that is to be exported, and its TorchScript file where that is at hand.
struct ModelSource {
  runtime::ModelFile plain;
  std::filesystem::path plain_file;  ///< model.safetensors that `plain` was read from; empty: it was made of model.pt
  std::filesystem::path torch_file;  ///< model.pt of the same training; empty: there is none
};

/// From a model.safetensors, a model.pt or a run's folder. Beside a model.pt its model.safetensors is taken, which has
/// the int8 arithmetic; a model.pt without one, or with one of another training, is taken apart. Loading a model.pt
/// executes code from it. Throws DataError: nothing of these, damaged.
ModelSource read_model_source(const std::filesystem::path& path);

}  // namespace soundfold::triton

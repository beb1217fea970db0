// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/model_file.h"

#include <filesystem>
#include <optional>

namespace soundfold::triton {

/// A trained classifier to export, with its TorchScript file if it has one.
struct ModelSource {
  runtime::ModelFile plain;
  std::filesystem::path plain_file;  ///< model.safetensors that `plain` was read from; empty: it was made of model.pt
  std::filesystem::path torch_file;  ///< model.pt of the same training; empty: there is none
};

/// From a model.safetensors, a model.pt or a run's folder. Files of one name before the extension belong together:
/// beside a model.pt its model.safetensors is taken, which has the int8 arithmetic; a model.pt without one is taken
/// apart. One of another training, or damaged, counts as missing, with a warning. Loading a model.pt executes code from
/// it. Throws DataError: the file itself is missing, of another kind, or damaged.
ModelSource read_model_source(const std::filesystem::path& path);

}  // namespace soundfold::triton

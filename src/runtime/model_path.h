// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

namespace soundfold::runtime {

/// Which of a run's two model files is taken when both are there: model.safetensors or model.pt.
enum class FirstChoice { plain, torchscript };

/// The file to read for the model that a user names: the file itself, or of a run's folder (or the folder of an
/// experiment, whose `latest` is then meant) model.safetensors or model.pt. Throws DataError, and says what to give
/// instead, when it is missing, a folder without a model, or a sound.
std::filesystem::path model_path(const std::filesystem::path& given, FirstChoice first);

}  // namespace soundfold::runtime

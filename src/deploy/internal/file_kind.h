// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

namespace soundfold::deploy {

/// What a TorchScript file is by its metadata: a model that trainer exported, a backbone from importer, or foreign:
/// without metadata of Soundfold's, so the effect of loading it is unknown.
enum class FileKind { model, yamnet, foreign };

/// Reads only the metadata. Throws DataError: missing, truncated, damaged, not a TorchScript file.
FileKind file_kind(const std::filesystem::path& path);

}  // namespace soundfold::deploy

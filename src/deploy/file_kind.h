#pragma once

#include <filesystem>

namespace soundfold::deploy {

/// What a TorchScript file with Soundfold's metadata is: a model that trainer exported, or a backbone from importer.
enum class FileKind { model, yamnet };

/// Reads only the metadata. Throws DataError: missing, cut off, damaged, or neither kind.
FileKind file_kind(const std::filesystem::path& path);

}  // namespace soundfold::deploy

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace soundfold::audio {

/// Whether a file of this name is taken for a sound: by its extension, in any case. The list is one for data sets,
/// folders given to programs, and noises, and the same in builds without FFmpeg: there such a file is refused by name
/// instead of being ignored.
bool is_sound_name(const std::filesystem::path& path);

/// Whether systems leave files and folders of this name beside people's own: whatever begins with a dot ("._dog.wav",
/// ".DS_Store"), "__MACOSX", "Thumbs.db", "desktop.ini".
bool is_system_name(const std::filesystem::path& path);

/// What lies in a folder and below.
struct FolderContents {
  std::vector<std::filesystem::path> sounds;  ///< below the folder, relative to it; sorted by each part of the path
  std::size_t other_files = 0;                ///< without a sound's extension
  std::size_t system_files = 0;               ///< entries with a system's name; what lies below them is not counted
  std::size_t linked_folders = 0;             ///< not followed: they may form cycles

  /// What was ignored, such as "2 files without a sound file's extension, 1 system file"; "" when nothing was.
  std::string ignored() const;
};

/// Throws DataError naming a folder that cannot be listed.
FolderContents list_sounds(const std::filesystem::path& folder);

}  // namespace soundfold::audio

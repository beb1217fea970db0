// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

/// Sound files in tar archives, as WebDataset lays them out, read one after the other.
namespace soundfold::tar_shards {

/// Whether an input is taken for a tar: .tar, and compressed .tar.gz, .tgz, .tar.zst, .tar.bz2 or .tar.xz, in any case,
/// of a path or an address (there before the query).
bool is_tar_name(const std::string& input);

/// Whether a member is taken for a sound: by its extension, outside of what systems leave behind.
bool is_sound_member(const std::string& name);

/// A member's name without "./" in front. Throws DataError, with `tar` in front, for one that is absolute or has "..":
/// it would not name a place within the tar.
std::string checked_member_name(const std::string& tar, const std::string& name);

/// What a member shares with the others of its example, as WebDataset cuts it: the name up to the first dot behind the
/// last slash. "a.b/000001.left.wav" gives "a.b/000001".
std::string member_stem(const std::string& name);

}  // namespace soundfold::tar_shards

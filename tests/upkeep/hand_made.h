// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/recipe.h"
#include "store/store.h"

#include <filesystem>
#include <functional>
#include <string>

namespace soundfold::testing {

/// A recipe that differs from others in its hop only.
store::Recipe recipe_of(int patch_hop_frames);

/// 32 hexadecimal digits, as of an audio file.
std::string audio_digest_of(int clip);

/// Key of a made-up clip.
std::string key_of(int clip, int patch_hop_frames = 48);

/// Writes records of the clips [first, end), whose values follow from `seed` and the clip, and their recipe.
void add_clips(const std::filesystem::path& folder, int first, int end, int patch_hop_frames = 48, int seed = 0);

/// Writes the record of a clip in three parts of two patches.
void add_long_clip(const std::filesystem::path& folder, int clip);

enum class Place { records, parts, recipes };
/// Changes the bytes of an entry.
void change_entry(const std::filesystem::path& folder, Place place, const std::string& key,
                  const std::function<void(std::string&)>& change);
/// Flips a bit of a record's last value.
void damage_record(const std::filesystem::path& folder, int clip, int patch_hop_frames = 48);

/// How many records of the clips [0, end) are intact and have the values that add_clips() gave them.
int intact_clips(const std::filesystem::path& folder, int end, int patch_hop_frames = 48, int seed = 0);

}  // namespace soundfold::testing

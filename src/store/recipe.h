// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

namespace soundfold::store {

/// What, besides the audio bytes, decides an embedding. Its text() is hashed into the key and kept in the store, so
/// that a miss can say which part differs.
struct Recipe {
  std::string weights_digest;
  std::string arithmetic;      ///< what the backbone gives and its compute type
  int conformance_number = 0;  ///< frontend::kConformanceNumber
  std::string front_end;       ///< frontend::front_end_text(); empty for YAMNet's, and then no line of text()
  std::string decode_recipe;   ///< audio::decode_recipe()
  int patch_hop_frames = 48;
  std::string dtype = "float32";
  std::string variant;  ///< augmentation of the waveform, or that it is a stretch; empty for the sound as it is

  /// Canonical text, one "name=value" per line. Throws UsageError when a value holds a line break.
  std::string text() const;
  /// xxh3_128 of text(), in hexadecimal.
  std::string digest() const;
};

/// Key of one clip's record: "<digest of the audio file's bytes>-<digest of the recipe>".
std::string record_key(const std::string& audio_digest, const Recipe& recipe);

/// The digest of the recipe in a record's key; empty when the key is not made as above.
std::string recipe_digest_of(std::string_view key);
/// Likewise that of the bytes.
std::string audio_digest_of(std::string_view key);

/// The file of clip means of a recipe, in the folder of the store: made by searches, and made again when it is deleted.
std::filesystem::path means_file(const std::filesystem::path& folder, const std::string& recipe_digest);

/// The lines "name=value" of a recipe's text.
std::map<std::string, std::string> recipe_fields(const std::string& text);

/// Which lines of two recipe texts differ, such as "patch_hop_frames (48 here, 24 there)"; empty when none does.
std::string describe_difference(const std::string& here, const std::string& there);

}  // namespace soundfold::store

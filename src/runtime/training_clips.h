// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace soundfold::runtime {

/// Which sound files a model was made from, as they are remembered under "clips" in its metadata (docs/model_file.md):
/// the first 64 bits of the xxh3_128 digest of each file's bytes. A copy under another name is recognised; the same
/// sound in another encoding is not. Two of a million different files agree by chance about once in 40 million sets.
class TrainingClips {
 public:
  TrainingClips() = default;

  /// Digests are 32 hexadecimal digits, as hash_file(HashKind::xxh3_128, path) and the front of a record's key in the
  /// store give them. Those trained on, and those that only chose the epoch or the calibration. Throws UsageError for
  /// other strings.
  TrainingClips(const std::vector<std::string>& train_digests, const std::vector<std::string>& validation_digests);

  /// The record in a model's metadata; empty (known() is false) for models without one: older ones and foreign ones.
  /// Throws DataError when there is one that cannot be read.
  static TrainingClips from_metadata(const nlohmann::json& metadata);

  /// What goes into the metadata under kMetadataKey.
  nlohmann::json to_json() const;
  static constexpr const char* kMetadataKey = "clips";

  /// Whether the model says what it was made from.
  bool known() const { return known_; }

  /// Whether the file with this xxh3_128 digest was trained on, or used for validation.
  bool trained_on(const std::string& digest) const;
  bool validated_on(const std::string& digest) const;

  /// Different files.
  std::size_t train_count() const { return train_.size(); }
  std::size_t validation_count() const { return validation_.size(); }

 private:
  std::vector<std::uint64_t> train_, validation_;  // ascending, each once
  bool known_ = false;
};

}  // namespace soundfold::runtime

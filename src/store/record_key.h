// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace soundfold::store {

/// A record's key, "<audio digest>-<recipe digest>", as the 32 bytes that its digits encode: runs over many clips
/// keep one for each.
class RecordKey {
 public:
  RecordKey() = default;
  /// Throws UsageError when `text` is not two groups of 32 lower-case hexadecimal digits with a hyphen between.
  explicit RecordKey(std::string_view text);

  std::string text() const;
  /// For hash tables.
  std::size_t hash() const { return static_cast<std::size_t>(words_[0]); }
  bool operator==(const RecordKey& other) const { return words_ == other.words_; }
  bool operator!=(const RecordKey& other) const { return words_ != other.words_; }

 private:
  std::array<std::uint64_t, 4> words_{};
};

}  // namespace soundfold::store

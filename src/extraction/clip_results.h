// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/record_key.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace soundfold::extraction {

/// Result of one clip.
struct ExtractedClip {
  std::string key;  ///< of its record in the store; empty when the clip was bad
  std::int64_t patch_count = 0;
  std::string problem;           ///< why it is bad; empty when it is fine
  std::int64_t first_patch = 0;  ///< of a stretch of a recording: its patches are these of the record
  std::string file_digest = {};  ///< xxh3_128 of the file's bytes; empty as key
};

/// Results of many clips, in 40 bytes a clip, the texts of problems, and for stretches the digests of their files.
class ClipResults {
 public:
  ClipResults() = default;
  explicit ClipResults(std::size_t count) : entries_(count) {}

  std::size_t size() const { return entries_.size(); }
  /// A place for one more clip.
  void grow() { entries_.emplace_back(); }
  /// Neither key nor problem when the run stopped before that clip.
  ExtractedClip at(std::size_t index) const;
  bool good(std::size_t index) const { return entries_.at(index).state == State::good; }
  /// None when the clip is not bad.
  std::optional<std::string> problem(std::size_t index) const;
  /// The first bad clip and why it is bad. Only when there is one.
  const std::pair<const std::size_t, std::string>& first_problem() const { return *problems_.begin(); }

  /// The key that a clip came to have before it was known whether there is a record.
  const store::RecordKey& claimed_key(std::size_t index) const { return entries_.at(index).key; }
  void claim(std::size_t index, const store::RecordKey& key) { entries_.at(index).key = key; }
  /// The digest of the file's bytes, of a clip whose key does not begin with it: that of a stretch.
  void set_file_digest(std::size_t index, const std::string& digest) { file_digests_[index] = digest; }
  /// The clip's record, of the key it claimed, has so many patches.
  void set_good(std::size_t index, std::int64_t patch_count);
  void set_bad(std::size_t index, const std::string& problem);

 private:
  enum class State : std::uint8_t { open, good, bad };
  struct Entry {
    store::RecordKey key;
    std::uint32_t patch_count = 0;
    State state = State::open;
  };
  std::vector<Entry> entries_;
  std::map<std::size_t, std::string> problems_;
  std::map<std::size_t, std::string> file_digests_;
};

}  // namespace soundfold::extraction

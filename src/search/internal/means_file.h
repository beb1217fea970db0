// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace soundfold::search {

/// Digest of a sound file's bytes: 32 hexadecimal digits.
using AudioDigest = std::array<char, 32>;

/// Some clips and their means, as they lie in the file.
struct MeansBlock {
  std::vector<AudioDigest> clips;    ///< [N]
  std::vector<std::int16_t> values;  ///< [N, E], of append_coarse()
};

/// The file of a store's clip means of one recipe (docs/store_format.md): blocks that are only appended, each with
/// checksums. Everything in it can be made again from the store.
class MeansFile {
 public:
  static constexpr std::size_t kMostClips = 256;  ///< of a block

  /// Opens or makes the file, and waits while another process has it open. Of another version, recipe or size of
  /// vector, or with a damaged header, it is emptied. Where it cannot be written, nothing is kept, with a log line.
  MeansFile(std::filesystem::path path, const std::string& recipe_digest, std::size_t size);
  ~MeansFile();
  MeansFile(const MeansFile&) = delete;
  MeansFile& operator=(const MeansFile&) = delete;

  /// Calls `use` with one block after another. From the first damaged one on they are removed, with a warning; the
  /// last one may be incomplete after a process was killed.
  void read(const std::function<void(const MeansBlock&)>& use);
  /// `block` has 1 to kMostClips clips.
  void append(const MeansBlock& block);
  void clear();

 private:
  void open();
  bool read_block(std::uintmax_t at, MeansBlock& block) const;
  std::uintmax_t block_bytes(std::size_t clips) const;
  void cut_off(std::uintmax_t bytes);
  void keep_nothing(const std::string& why);
  bool write_at(std::uintmax_t at, const void* bytes, std::size_t count);

  std::filesystem::path path_;
  std::size_t size_;
  std::string header_;  ///< as it must be
  int descriptor_ = -1;
  bool writable_ = false;
  std::uintmax_t bytes_ = 0;  ///< up to the end of the last block
};

}  // namespace soundfold::search

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/recipe.h"
#include "support/file_state.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace soundfold::store {

/// The embeddings of one clip. P patches, E embedding values, S scores.
struct ClipEmbeddings {
  std::int64_t patch_count = 0;
  std::int64_t embedding_size = 0;
  std::int64_t score_count = 0;
  std::int64_t sample_count = 0;  ///< of the 16 kHz waveform, before padding
  std::vector<float> embeddings;  ///< [P, E]
  std::vector<float> scores;      ///< [P, S]
  std::vector<float> level_dbfs;  ///< [P], RMS level of the samples each patch sees
};

/// The same, looking straight into the store's memory map; valid only inside the callback that gets it.
struct ClipEmbeddingsView {
  std::int64_t patch_count = 0, embedding_size = 0, score_count = 0, sample_count = 0;
  const float* embeddings = nullptr;  ///< [P, E]
  const float* scores = nullptr;      ///< [P, S]
  const float* level_dbfs = nullptr;  ///< [P]

  /// `count` patches from number `first` on; they must be there. sample_count stays that of all.
  ClipEmbeddingsView part(std::int64_t first, std::int64_t count) const {
    return {count,
            embedding_size,
            score_count,
            sample_count,
            embeddings + first * embedding_size,
            scores + first * score_count,
            level_dbfs + first};
  }
};

enum class RecordState { missing, damaged, intact };

struct StoreOptions {
  /// Address space reserved at first, in bytes (not disk space: the file grows with its records). It doubles when full.
  std::uintmax_t initial_map_bytes = std::uintmax_t{1} << 30;
};

/// A file whose digest was remembered, and where it was then.
struct RememberedFile {
  std::string digest, path;
};

/// Embeddings on disk: one LMDB environment in a folder. Crash-safe, memory-mapped, many readers and one writer at a
/// time across processes; the map grows when it must. Objects may be shared by threads, and several objects of one
/// process may look at one folder. A folder of landed shards (room shards) opens as one store, for reading.
/// Record format and rules: docs/store_format.md.
class Store {
 public:
  /// Opens or makes the store. A store that this process may read but not write opens for reading, with a warning. Of
  /// shards the first look-up reads all keys.
  /// Throws DataError: folder cannot be made, is not a store, is truncated, was written by a newer format version, or
  /// lies on a file system LMDB cannot use, or is of shards some of which have not landed.
  explicit Store(const std::filesystem::path& folder, const StoreOptions& options = {});
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  /// Calls `use` with the record of `key` and returns true; false when there is none, or it is damaged (wrong magic,
  /// version, sizes or checksum: logged once per record and counted, so that the caller recomputes it). `use` runs
  /// inside a read transaction: it must not call the store.
  bool read(const std::string& key, const std::function<void(const ClipEmbeddingsView&)>& use) const;

  /// Calls `use` with patches [first, first + count) of the record of `key`, in one piece, or in several in their order
  /// when it is in parts. Reads the pages of these patches only and verifies no checksum of their numbers: for records
  /// that read() has verified. Returns false when they are not all there. `use` as in read().
  bool read_patches(const std::string& key, std::int64_t first, std::int64_t count,
                    const std::function<void(const ClipEmbeddingsView&)>& use) const;

  /// What is known of a record, its checksums verified. Writes its patch count to `patch_count` when it is intact.
  RecordState inspect(const std::string& key, std::int64_t* patch_count = nullptr) const;

  /// A clip's record; or, of a clip too long for memory, one of several parts, or the head that comes after them: the
  /// sizes of the whole in `value` without its numbers, and the parts' checksums. Readers see such a clip as one
  /// record.
  struct Record {
    std::string key;
    ClipEmbeddings value;
    std::int64_t part = -1;                          ///< number of the part from 0 on; -1: no part
    std::vector<std::uint64_t> part_checksums = {};  ///< part_checksum() of each part; only in a head
  };
  /// Writes records in one transaction with one sync; of equal keys the last one counts. Throws DataError (disk full,
  /// read-only, ...), and the store is then as before; UsageError when sizes contradict each other.
  void write(const std::vector<Record>& records);

  /// Keeps the text of a recipe under its digest, for users and for describe_difference(). Writes only what is new.
  void remember_recipe(const Recipe& recipe);
  /// Texts of all recipes that records were made with.
  std::vector<std::string> recipes() const;

  /// The digest of a file's bytes, and the state that the file was in.
  struct FileDigest {
    std::filesystem::path path;
    FileState state;
    std::string digest;
  };
  void remember(const std::vector<FileDigest>& digests);
  /// The remembered digest of the file at `path` (made absolute) if it was remembered in this state.
  std::optional<std::string> remembered(const std::filesystem::path& path, const FileState& state) const;

  /// Calls `use` for the keys of all records that end with `suffix` (a recipe's digest; empty: of all), in ascending
  /// order. The records may be damaged: only their keys are looked at. `use` must not call the store.
  void for_each_key(const std::string& suffix, const std::function<void(std::string_view)>& use) const;
  /// The remembered files that have one of `digests`.
  std::vector<RememberedFile> remembered_files(const std::unordered_set<std::string_view>& digests) const;

  std::int64_t record_count() const;   ///< equal clips in several shards count for each
  std::int64_t damaged_count() const;  ///< damaged records found by this object
  std::uintmax_t map_bytes() const;    ///< address space reserved now
  bool read_only() const;
  const std::filesystem::path& folder() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace soundfold::store

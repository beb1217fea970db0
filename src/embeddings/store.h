#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace soundfold::embeddings {

/// What one clip became. P patches, E embedding values, S scores.
struct ClipEmbeddings {
  std::int64_t patch_count = 0;
  std::int64_t embedding_size = 0;
  std::int64_t score_count = 0;
  std::int64_t sample_count = 0;   ///< of the 16 kHz waveform, before padding
  std::vector<float> embeddings;   ///< [P, E]
  std::vector<float> scores;       ///< [P, S]
  std::vector<float> level_dbfs;   ///< [P], RMS level of the samples each patch sees
};

/// The same, looking straight into the store's memory map; valid only inside the callback that gets it.
struct ClipEmbeddingsView {
  std::int64_t patch_count = 0, embedding_size = 0, score_count = 0, sample_count = 0;
  const float* embeddings = nullptr;  ///< [P, E]
  const float* scores = nullptr;      ///< [P, S]
  const float* level_dbfs = nullptr;  ///< [P]
};

/// What, besides the audio bytes, decides an embedding. Its text() is hashed into the key and kept in the store, so that
/// a miss can say which part differs.
struct Recipe {
  std::string weights_digest;
  std::string arithmetic;        ///< Backbone::arithmetic()
  int conformance_number = 0;    ///< frontend::kConformanceNumber
  std::string decode_recipe;     ///< audio::kDecodeRecipe
  int patch_hop_frames = 48;
  std::string dtype = "float32";
  std::string variant;           ///< augmentation of the waveform; empty for the sound as it is
  std::string text() const;      ///< canonical, one "name=value" per line
};

/// Key of one clip's record: digest of the audio file's bytes and of the recipe's text.
std::string record_key(const std::string& audio_digest, const Recipe& recipe);

/// Embeddings on disk: one LMDB environment in a folder. Crash-safe, memory-mapped, many readers and one writer at a
/// time across processes; the map grows when it must. Record format: docs/store_format.md.
class Store {
 public:
  /// Opens or makes the store. Throws DataError: folder cannot be made, is not a store, was written by a newer format
  /// version, or lies on a file system LMDB cannot use.
  explicit Store(const std::filesystem::path& folder);
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  /// Calls `use` with the record of `key` and returns true; false when there is none, or it is damaged (wrong magic,
  /// version, sizes or checksum: logged once per record and counted, so that the caller recomputes it).
  bool read(const std::string& key, const std::function<void(const ClipEmbeddingsView&)>& use) const;

  /// True when there is a sound record of that key; `verify` also checks its checksum.
  bool contains(const std::string& key, bool verify = true) const;

  struct Record {
    std::string key;
    ClipEmbeddings value;
  };
  /// Writes records in one transaction with one sync. Throws DataError (disk full, read-only, ...); the store is then
  /// as before.
  void write(const std::vector<Record>& records);

  /// Remembers the content digest of a file as it is now (absolute path, size, modification time in ns).
  struct FileDigest {
    std::filesystem::path path;
    std::uintmax_t size = 0;
    std::int64_t modified_ns = 0;
    std::string digest;
  };
  void remember(const std::vector<FileDigest>& digests);
  /// The remembered digest of `path` if its size and time are unchanged.
  std::optional<std::string> remembered(const std::filesystem::path& path, std::uintmax_t size, std::int64_t modified_ns) const;

  std::int64_t record_count() const;
  std::int64_t damaged_count() const;  ///< damaged records met by this object
  std::uintmax_t bytes_on_disk() const;
  const std::filesystem::path& folder() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace soundfold::embeddings

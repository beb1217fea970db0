// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "database/environment.h"
#include "store/record_format.h"
#include "store/store.h"

#include <cstdint>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace soundfold::store {

/// LMDB aligns large records to 16 bytes, but a small one inside a page only to 2: such a one is copied.
class AlignedPayload {
 public:
  AlignedPayload(std::string_view record, ClipEmbeddingsView& view) {
    const auto address = reinterpret_cast<std::uintptr_t>(record.data());
    if (address % alignof(float) == 0) return;
    values_.resize((record.size() - kRecordHeaderBytes) / sizeof(float));
    std::memcpy(values_.data(), record.data() + kRecordHeaderBytes, values_.size() * sizeof(float));
    view.embeddings = values_.data();
    view.scores = view.embeddings + view.patch_count * view.embedding_size;
    view.level_dbfs = view.scores + view.patch_count * view.score_count;
  }

 private:
  std::vector<float> values_;
};

/// The LMDB key of a part of the record of `key`.
std::string part_key(const std::string& key, std::int64_t number);

/// Reads a record that is stored in parts, within one read transaction.
class PartReader {
 public:
  /// `database` is that of the parts.
  PartReader(const database::Transaction& transaction, MDB_dbi database, std::string key)
      : transaction_(transaction), database_(database), key_(std::move(key)) {}

  /// Reads the head `record`, and the parts, their checksums verified; puts together their `numbers` when these are
  /// wanted. Returns what is wrong, or an empty text.
  std::string read(std::string_view record, bool numbers);
  /// As Store::read_patches does, without looking at the head.
  bool read_patches(std::int64_t first, std::int64_t count, const std::function<void(const ClipEmbeddingsView&)>& use);
  /// The whole; its pointers are null when the numbers were not wanted. Lives as long as this object.
  ClipEmbeddingsView view() const;

 private:
  std::string read_part(std::int64_t number, std::uint64_t checksum, bool numbers);

  const database::Transaction& transaction_;
  MDB_dbi database_;
  std::string key_;
  std::int64_t patches_read_ = 0;
  ClipEmbeddingsView sizes_;
  ClipEmbeddings whole_;
};

/// Looks a record up and, when it is intact, calls `use` inside the read transaction; without the numbers, when they
/// are in parts and `numbers` is false. Writes to `problem` what is wrong with a damaged one.
RecordState look_up_record(const database::Environment& environment, const std::string& key, bool numbers,
                           const std::function<void(const ClipEmbeddingsView&)>& use, std::string& problem);

}  // namespace soundfold::store

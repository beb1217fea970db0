// SPDX-License-Identifier: Apache-2.0
#include "store/store.h"

#include "database/environment.h"
#include "shards/landed.h"
#include "store/internal/key_index.h"
#include "store/internal/part_reader.h"
#include "store/record_format.h"
#include "store/stored_entries.h"
#include "support/errors.h"
#include "support/files.h"
#include "support/hashing.h"
#include "support/logging.h"

#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>

namespace soundfold::store {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kMaxKeyBytes = 511;  // LMDB's limit

const unsigned char* bytes_of(std::string_view text) {
  return static_cast<const unsigned char*>(static_cast<const void*>(text.data()));
}

/// Paths can be longer than LMDB's keys, so their digests are the keys; the path itself is in the value.
std::string file_key(const std::string& path) {
  return hash_bytes(HashKind::xxh3_128, path);
}

/// What comes before the digest of a file in this state. "v2" distinguishes it from the first programs' entries, which
/// began with the size and had neither inode nor time of change.
std::string file_value_start(const FileState& state) {
  return "v2 " + state.text() + " ";
}

void check_key(const std::string& key) {
  if (key.empty() || key.size() > kMaxKeyBytes) {
    throw UsageError("embedding store: a key of " + std::to_string(key.size()) + " bytes; 1 to 511 are allowed");
  }
}

/// The one of a store, or those of the shards that landed in the folder.
Environments opened(const fs::path& folder, const StoreOptions& options) {
  if (!shards::is_shard_folder(folder)) return {database::Environment::open(folder, {options.initial_map_bytes})};
  Environments all;
  for (const auto& shard : shards::landed_stores(folder)) all.push_back(database::Environment::open_to_read(shard));
  return all;
}

}  // namespace

struct Store::Impl {
  Impl(const fs::path& path, const StoreOptions& options) : folder(path), environments(opened(path, options)) {}

  /// Looks for `key`, a record's or one of the remembered files, by `look` in one environment after the other, until it
  /// returns true. Shards may have equal records.
  template <typename Look>
  void search(const std::string& key, Look look) {
    if (environments.size() == 1) {
      look(*environments.front());
      return;
    }
    std::call_once(index_made, [this] { index.emplace(environments); });
    if (const auto* const intact = intact_place(key)) {
      look(*intact);
      return;
    }
    for (const auto* environment : index->find(key)) {
      if (look(*environment)) return;
    }
  }

  /// Where a record is intact that is damaged in another shard, as far as it was looked up; otherwise null.
  const database::Environment* intact_place(const std::string& key) {
    const std::lock_guard lock(damage_mutex);
    const auto found = intact_places.find(key);
    return found == intact_places.end() ? nullptr : found->second;
  }

  /// The environment to write to. Of shards it is read-only, and refuses.
  database::Environment& target() { return *environments.front(); }

  /// look_up_record() wherever the record is. A damaged one counts only when no other is intact.
  RecordState look_up(const std::string& key, bool numbers, const std::function<void(const ClipEmbeddingsView&)>& use) {
    check_key(key);
    RecordState state = RecordState::missing;
    std::string problem;
    search(key, [&](const database::Environment& environment) {
      const RecordState found = look_up_record(environment, key, numbers, use, problem);
      if (found == RecordState::intact && state == RecordState::damaged) {
        const std::lock_guard lock(damage_mutex);
        intact_places[key] = &environment;
      }
      if (found != RecordState::missing) state = found;
      return found == RecordState::intact;
    });
    if (state == RecordState::damaged) report_damage(key, problem);
    return state;
  }

  void report_damage(const std::string& key, const std::string& problem) {
    const std::lock_guard lock(damage_mutex);
    if (!damaged_keys.insert(key).second) return;
    ++damaged_count;
    logger().warn("embedding store {}: the record {} is damaged ({}); it will be computed again", folder.string(), key,
                  problem);
  }

  fs::path folder;
  Environments environments;  ///< of several, none is written
  std::once_flag index_made;
  std::optional<KeyIndex> index;
  std::mutex damage_mutex;
  std::set<std::string> damaged_keys;
  std::unordered_map<std::string, const database::Environment*> intact_places;
  std::atomic<std::int64_t> damaged_count{0};
};

Store::Store(const fs::path& folder, const StoreOptions& options) : impl_(std::make_unique<Impl>(folder, options)) {}
Store::~Store() = default;

bool Store::read(const std::string& key, const std::function<void(const ClipEmbeddingsView&)>& use) const {
  return impl_->look_up(key, true, use) == RecordState::intact;
}

bool Store::read_patches(const std::string& key, std::int64_t first, std::int64_t count,
                         const std::function<void(const ClipEmbeddingsView&)>& use) const {
  check_key(key);
  bool found = false;
  impl_->search(key, [&](const database::Environment& environment) {
    environment.read([&](const database::Transaction& transaction) {
      std::string_view record;
      if (!transaction.get(environment.databases().records, key, record)) return;
      if (part_count(bytes_of(record), record.size()) > 0) {
        found = PartReader(transaction, environment.databases().parts, key).read_patches(first, count, use);
        return;
      }
      ClipEmbeddingsView view;
      if (!decode_record(key, bytes_of(record), record.size(), false, view).empty()) return;
      found = first + count <= view.patch_count;
      const AlignedPayload aligned(record, view);
      if (found) use(view.part(first, count));
    });
    return found;
  });
  return found;
}

RecordState Store::inspect(const std::string& key, std::int64_t* patch_count) const {
  return impl_->look_up(key, false, [&](const ClipEmbeddingsView& view) {
    if (patch_count != nullptr) *patch_count = view.patch_count;
  });
}

void Store::write(const std::vector<Record>& records) {
  std::unordered_map<std::string, const Record*> by_key;
  for (const auto& record : records) {
    check_key(record.key);
    if (record.part_checksums.empty()) static_cast<void>(record_bytes(record.value));
    by_key[record.part < 0 ? record.key : part_key(record.key, record.part)] = &record;
  }
  if (by_key.empty()) return;
  database::Environment& environment = impl_->target();
  const database::Databases& databases = environment.databases();
  environment.write([&](database::Transaction& transaction) {
    for (const auto& [key, record] : by_key) {
      if (!record->part_checksums.empty()) {
        transaction.put(databases.records, key, encode_head(key, record->value, record->part_checksums));
        continue;
      }
      const std::size_t count = record_bytes(record->value);
      const auto target = record->part < 0 ? databases.records : databases.parts;
      encode_record(key, record->value, transaction.reserve(target, key, count));
    }
  });
  const std::lock_guard lock(impl_->damage_mutex);
  for (const auto& [key, record] : by_key) impl_->damaged_keys.erase(key);
}

void Store::remember_recipe(const Recipe& recipe) {
  const std::string text = recipe.text();
  const std::string digest = recipe.digest();
  database::Environment& environment = impl_->target();
  bool known = false;
  environment.read([&](const database::Transaction& transaction) {
    std::string_view present;
    known = transaction.get(environment.databases().recipes, digest, present) && present == text;
  });
  if (known) return;
  environment.write(
      [&](database::Transaction& transaction) { transaction.put(environment.databases().recipes, digest, text); });
}

std::vector<std::string> Store::recipes() const {
  std::map<std::string, std::string> texts;  // by digest
  for (const auto& environment : impl_->environments) {
    environment->for_each_chunk(environment->databases().recipes, [&](const auto&, const database::Entries& entries) {
      for (const auto& [digest, text] : entries) texts.emplace(digest, text);
    });
  }
  std::vector<std::string> all;
  for (auto& [digest, text] : texts) all.push_back(std::move(text));
  return all;
}

void Store::remember(const std::vector<FileDigest>& digests) {
  if (digests.empty()) return;
  database::Environment& environment = impl_->target();
  environment.write([&](database::Transaction& transaction) {
    for (const auto& file : digests) {
      const std::string path = absolute_name(file.path.string());
      transaction.put(environment.databases().files, file_key(path),
                      file_value_start(file.state) + file.digest + "\n" + path);
    }
  });
}

std::optional<std::string> Store::remembered(const fs::path& path, const FileState& state) const {
  const std::string whole = absolute_name(path.string());
  const std::string start = file_value_start(state);
  const std::string end = "\n" + whole;
  std::optional<std::string> digest;
  const std::string key = file_key(whole);
  impl_->search(key, [&](const database::Environment& environment) {
    environment.read([&](const database::Transaction& transaction) {
      std::string_view value;
      if (!transaction.get(environment.databases().files, key, value)) return;
      if (value.size() <= start.size() + end.size()) return;
      if (value.substr(0, start.size()) != start || value.substr(value.size() - end.size()) != end) return;
      digest = value.substr(start.size(), value.size() - start.size() - end.size());
    });
    return digest.has_value();
  });
  return digest;
}

void Store::for_each_key(const std::string& suffix, const std::function<void(std::string_view)>& use) const {
  std::set<std::string> sorted;  // of several
  const bool several = impl_->environments.size() > 1;
  const auto use_keys = [&](const database::Transaction&, const database::Entries& entries) {
    for (const auto& [key, record] : entries) {
      if (key.size() < suffix.size() || key.substr(key.size() - suffix.size()) != suffix) continue;
      several ? static_cast<void>(sorted.emplace(key)) : use(key);
    }
  };
  for (const auto& environment : impl_->environments) {
    environment->for_each_chunk(environment->databases().records, use_keys, false);
  }
  for (const auto& key : sorted) use(key);
}

std::vector<RememberedFile> Store::remembered_files(const std::unordered_set<std::string_view>& digests) const {
  std::vector<RememberedFile> files;
  for (const auto& environment : impl_->environments) {
    environment->for_each_chunk(environment->databases().files, [&](const auto&, const auto& entries) {
      for (const auto& [key, value] : entries) {
        if (digests.count(remembered_digest(value)) > 0) files.push_back(remembered_file(value));
      }
    });
  }
  return files;
}

std::int64_t Store::record_count() const {
  std::int64_t count = 0;
  for (const auto& environment : impl_->environments) {
    environment->read([&](const database::Transaction& transaction) {
      count += transaction.entry_count(environment->databases().records);
    });
  }
  return count;
}

std::int64_t Store::damaged_count() const {
  return impl_->damaged_count;
}

std::uintmax_t Store::map_bytes() const {
  return impl_->target().map_bytes();
}

bool Store::read_only() const {
  return impl_->target().read_only();
}

const fs::path& Store::folder() const {
  return impl_->folder;
}

}  // namespace soundfold::store

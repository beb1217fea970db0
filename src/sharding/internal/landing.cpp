// SPDX-License-Identifier: Apache-2.0
#include "sharding/internal/landing.h"

#include "support/errors.h"
#include "support/files.h"
#include "support/hashing.h"
#include "upkeep/merge.h"

namespace soundfold::sharding {
namespace fs = std::filesystem;
namespace {

constexpr auto kReadableByAll = fs::perms::owner_read | fs::perms::group_read | fs::perms::others_read;

void copy_store(const fs::path& from, const fs::path& to) {
  std::error_code failed;
  fs::copy_file(from, to, fs::copy_options::overwrite_existing, failed);
  if (failed) throw DataError("cannot copy " + from.string() + " to " + to.string() + ": " + failed.message());
  fs::permissions(to, kReadableByAll, failed);  // nobody changes it from now on
  if (failed) throw DataError("cannot set the mode of " + to.string() + ": " + failed.message());
}

/// Whether the manifest in the folder has this text.
bool has_text(const fs::path& manifest, const std::string& text) {
  try {
    return read_file(manifest) == text;
  } catch (const DataError&) {
    return false;
  }
}

}  // namespace

void seal(const fs::path& made, const fs::path& sealed, shards::Manifest& manifest) {
  std::error_code ignored;
  fs::remove_all(sealed, ignored);
  std::string problem;
  const auto result = upkeep::merge_stores(sealed, {made}, [&](const std::string& line) { problem = line; });
  if (!problem.empty()) throw DataError("the shard's store cannot be completed: " + problem + "; run the same again");
  manifest.records = result.added;
  const fs::path data = sealed / "data.mdb";
  manifest.bytes = fs::file_size(data);
  manifest.sha256 = hash_file(HashKind::sha256, data);
}

void land(const fs::path& sealed, const fs::path& folder, const shards::Manifest& manifest) {
  const fs::path file = shards::manifest_file(folder, manifest.shard);
  const std::string text = shards::manifest_text(manifest);
  write_file_atomically(shards::data_file(folder, manifest.shard), [&](const fs::path& temporary) {
    copy_store(sealed / "data.mdb", temporary);
    if (has_text(file, text)) return;  // these bytes have landed before, or another process lands them now
    std::error_code failed;
    if (fs::remove(file, failed)) sync_to_disk(file.parent_path());
    if (failed) throw DataError("cannot remove " + file.string() + ": " + failed.message());
  });
  write_file_atomically(file, text);
}

}  // namespace soundfold::sharding

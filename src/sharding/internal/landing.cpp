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
  write_file_atomically(shards::data_file(folder, manifest.shard),
                        [&](const fs::path& temporary) { copy_store(sealed / "data.mdb", temporary); });
  write_file_atomically(shards::manifest_file(folder, manifest.shard), shards::manifest_text(manifest));
}

}  // namespace soundfold::sharding

// SPDX-License-Identifier: Apache-2.0
#include "store/internal/databases.h"

#include "store/internal/environment.h"
#include "support/errors.h"

#include <cstring>
#include <string>

namespace soundfold::store {
namespace {

constexpr char kFormatKey[] = "format_version";
constexpr int kFormatVersion = 1;

std::string store_name(const Environment& environment) {
  return "embedding store " + environment.folder().string();
}

/// Whether the databases that every store has are there. Throws DataError for an environment of something else.
bool is_complete(const Environment& environment) {
  const auto& folder = environment.folder();
  bool complete = true;
  std::size_t names = 0;
  environment.read([&](const Transaction& reading) {
    MDB_dbi main = 0;
    check_lmdb(mdb_dbi_open(reading.raw(), nullptr, 0, &main), folder, "open it");
    MDB_stat stat{};
    check_lmdb(mdb_stat(reading.raw(), main, &stat), folder, "open it");
    names = stat.ms_entries;
    for (const char* name : {"records", "recipes", "files", "meta"}) {
      MDB_val key{std::strlen(name), const_cast<char*>(name)};
      MDB_val value{};
      const int code = mdb_get(reading.raw(), main, &key, &value);
      if (code != MDB_NOTFOUND) check_lmdb(code, folder, "open it");
      complete = complete && code == MDB_SUCCESS;
    }
  });
  if (!complete && names > 0) {
    throw DataError(store_name(environment) +
                    ": holds an LMDB environment that is not an embedding store; name another folder");
  }
  return complete;
}

/// False when there are no parts: stores of earlier programs have none.
bool open_all(const Environment& environment, const Transaction& transaction, unsigned flags, Databases& databases) {
  const auto open = [&](const char* name, MDB_dbi& database) {
    return mdb_dbi_open(transaction.raw(), name, flags, &database);
  };
  const auto& folder = environment.folder();
  check_lmdb(open("records", databases.records), folder, "open the records");
  check_lmdb(open("recipes", databases.recipes), folder, "open the recipes");
  check_lmdb(open("files", databases.files), folder, "open the file digests");
  check_lmdb(open("meta", databases.meta), folder, "open the format version");
  const int code = open("parts", databases.parts);
  if (code != MDB_NOTFOUND) check_lmdb(code, folder, "open the parts of long records");
  return code == MDB_SUCCESS;
}

void refuse_other_format(const Environment& environment, const Databases& databases) {
  std::string found = "none";
  environment.read([&](const Transaction& reading) {
    std::string_view value;
    if (reading.get(databases.meta, kFormatKey, value)) found = value;
  });
  if (found == std::to_string(kFormatVersion)) return;
  throw DataError(store_name(environment) + ": has format version " + found + ", this program knows " +
                  std::to_string(kFormatVersion) + "; use a newer program or name another folder");
}

}  // namespace

Databases open_databases(Environment& environment) {
  const bool complete = is_complete(environment);
  if (!complete && environment.read_only()) {
    throw DataError(store_name(environment) + ": is empty and cannot be written; name another folder");
  }
  Databases databases;
  bool have_all = false;
  if (complete) {
    environment.read([&](Transaction& reading) {
      have_all = open_all(environment, reading, 0, databases) || environment.read_only();
      if (have_all) reading.commit("open it");
    });
  }
  if (!have_all) {
    // Another process may be doing the same; the second one finds everything made.
    environment.write([&](Transaction& writing) {
      open_all(environment, writing, MDB_CREATE, databases);
      std::string_view present;
      if (writing.get(databases.meta, kFormatKey, present)) return;
      writing.put(databases.meta, kFormatKey, std::to_string(kFormatVersion));
    });
  }
  refuse_other_format(environment, databases);
  return databases;
}

}  // namespace soundfold::store

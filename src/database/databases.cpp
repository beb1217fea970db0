// SPDX-License-Identifier: Apache-2.0
#include "database/databases.h"

#include "database/environment.h"
#include "support/errors.h"

#include <unistd.h>

#include <iterator>
#include <memory>
#include <string>
#include <utility>

namespace soundfold::database {
namespace {

constexpr char kFormatKey[] = "format_version";
constexpr std::pair<const char*, MDB_dbi Databases::*> kDatabases[] = {{"records", &Databases::records},
                                                                       {"parts", &Databases::parts},
                                                                       {"recipes", &Databases::recipes},
                                                                       {"files", &Databases::files},
                                                                       {"meta", &Databases::meta}};

std::string store_name(const Environment& environment) {
  return "embedding store " + environment.folder().string();
}

/// Opens what there is, or with MDB_CREATE everything. Returns whether all databases are there.
bool open_all(const Environment& environment, const Transaction& transaction, unsigned flags, Databases& databases) {
  bool complete = true;
  for (const auto& [name, database] : kDatabases) {
    const int code = mdb_dbi_open(transaction.raw(), name, flags, &(databases.*database));
    if (code != MDB_NOTFOUND) check_lmdb(code, environment.folder(), "open its databases");
    complete = complete && code == MDB_SUCCESS;
  }
  return complete;
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
  Databases databases;
  bool complete = false;
  std::int64_t names = 0;
  environment.read([&](Transaction& reading) {
    MDB_dbi main = 0;
    check_lmdb(mdb_dbi_open(reading.raw(), nullptr, 0, &main), environment.folder(), "open it");
    names = reading.entry_count(main);
    complete = open_all(environment, reading, 0, databases);
    reading.commit("open it");
  });
  if (!complete && names > 0) {
    throw DataError(store_name(environment) +
                    ": holds an LMDB environment that is not an embedding store of this "
                    "program; delete the folder if it was one of an earlier version, otherwise name another");
  }
  if (!complete && environment.read_only()) {
    throw DataError(store_name(environment) + ": is empty and cannot be written; name another folder");
  }
  if (!complete) {
    // make_data_file() could not, or an earlier program ended here. Another process may be doing the same; the second
    // one finds everything made.
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

void make_data_file(const std::filesystem::path& folder) {
  const auto data = folder / "data.mdb";
  std::error_code ignored;
  if (std::filesystem::exists(data, ignored)) return;
  const auto fresh = folder / ("made-" + std::to_string(::getpid()) + ".tmp");
  std::filesystem::remove(fresh, ignored);
  MDB_env* raw = nullptr;
  if (mdb_env_create(&raw) != MDB_SUCCESS) return;
  std::unique_ptr<MDB_env, void (*)(MDB_env*)> environment(raw, mdb_env_close);
  mdb_env_set_maxdbs(raw, static_cast<MDB_dbi>(std::size(kDatabases)));
  const auto made = [&] {
    MDB_txn* writing = nullptr;
    if (mdb_env_open(raw, fresh.c_str(), MDB_NOSUBDIR | MDB_NOLOCK, 0644) != MDB_SUCCESS) return false;
    if (mdb_txn_begin(raw, nullptr, 0, &writing) != MDB_SUCCESS) return false;
    MDB_dbi last = 0;  // meta
    int code = MDB_SUCCESS;
    for (const auto& database : kDatabases) {
      if (code == MDB_SUCCESS) code = mdb_dbi_open(writing, database.first, MDB_CREATE, &last);
    }
    std::string key = kFormatKey, version = std::to_string(kFormatVersion);
    MDB_val name{key.size(), key.data()}, value{version.size(), version.data()};
    if (code == MDB_SUCCESS) code = mdb_put(writing, last, &name, &value, 0);
    if (code == MDB_SUCCESS) return mdb_txn_commit(writing) == MDB_SUCCESS;
    mdb_txn_abort(writing);
    return false;
  }();
  environment.reset();
  if (made) std::filesystem::create_hard_link(fresh, data, ignored);  // never over one that another has made meanwhile
  std::filesystem::remove(fresh, ignored);
}

}  // namespace soundfold::database

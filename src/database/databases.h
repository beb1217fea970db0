// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <lmdb.h>

#include <filesystem>

namespace soundfold::database {

class Environment;

/// The store's named LMDB databases; docs/store_format.md says what is in each.
struct Databases {
  MDB_dbi records = 0;
  MDB_dbi parts = 0;
  MDB_dbi recipes = 0;
  MDB_dbi files = 0;
  MDB_dbi meta = 0;
};

/// Version of what is in the databases, as `meta` holds it.
inline constexpr int kFormatVersion = 1;

/// Opens the databases, or makes them in an empty environment that may be written. Throws DataError when it is not an
/// embedding store, is empty and cannot be written, or has another format version.
Databases open_databases(Environment& environment);

/// Makes data.mdb with its databases in a folder that has none, as a whole or not at all, whenever the process may end.
/// Others may do the same at once. What cannot be done is left to open_databases(), which says why.
void make_data_file(const std::filesystem::path& folder);

}  // namespace soundfold::database

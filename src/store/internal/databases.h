// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <lmdb.h>

namespace soundfold::store {

class Environment;

/// The store's named LMDB databases.
struct Databases {
  MDB_dbi records = 0;
  MDB_dbi recipes = 0;
  MDB_dbi files = 0;
  MDB_dbi meta = 0;
  MDB_dbi parts = 0;  ///< 0 in an older store that may only be read
};

/// Opens the databases, or makes them in an empty environment that may be written. Throws DataError when it is not an
/// embedding store, is empty and cannot be written, or has another format version.
Databases open_databases(Environment& environment);

}  // namespace soundfold::store

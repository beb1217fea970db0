// SPDX-License-Identifier: Apache-2.0
#include "database/transaction.h"

#include "database/internal/lmdb_file.h"
#include "support/errors.h"

#include <cerrno>
#include <memory>
#include <string>
#include <utility>

namespace soundfold::database {
namespace {

/// The kernel maps the pages around the one that was asked for, too.
constexpr std::size_t kBytesPerLookUp = std::size_t{1} << 16;
/// The system maps neighbours of a page with it, though nobody looks at them.
constexpr std::size_t kPagesMappedAround = 16;
constexpr std::size_t kChunkBytes = std::size_t{4} << 20;
constexpr std::size_t kChunkEntries = 4096;

MDB_val value_of(std::string_view bytes) {
  return MDB_val{bytes.size(), const_cast<char*>(bytes.data())};
}

std::string_view view_of(const MDB_val& value) {
  return {static_cast<const char*>(value.mv_data), value.mv_size};
}

/// What to tell the user about an LMDB or system error code: the reason, and what to do.
std::string explain_lmdb_error(int code, const std::filesystem::path& folder) {
  const std::string reason = mdb_strerror(code);
  switch (code) {
    case ENOSPC:
    case EDQUOT:
    case EIO:  // LMDB's answer to a write that came out short
      return reason + " (is the disk full?); make room and run the same command again, what was stored is intact";
    case EFBIG:
      return reason + " (ulimit -f); raise the limit and run the same command again, what was stored is intact";
    case EACCES:
    case EPERM:
    case EROFS:
      return reason + "; make the folder writable or name another one";
    case ENOMEM:
      return reason + "; the store's memory map needs address space (ulimit -v)";
    case MDB_READERS_FULL:
      return reason + "; too many readers at once, wait for other programs to end";
    case MDB_PANIC:
      return reason + "; an earlier write failed, start the program again";
    case MDB_INVALID:
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
    case MDB_VERSION_MISMATCH:
      return reason + "; the store is damaged" + advice_on_damage(folder);
    default:
      return reason;
  }
}

}  // namespace

void check_lmdb(int code, const std::filesystem::path& folder, const char* doing) {
  if (code == MDB_SUCCESS) return;
  if (code == MDB_MAP_FULL) throw MapFull{};
  throw DataError("embedding store " + folder.string() + ": cannot " + doing + ": " + explain_lmdb_error(code, folder));
}

Transaction::~Transaction() {
  if (raw_ != nullptr) mdb_txn_abort(raw_);
}

void Transaction::commit(const char* doing) {
  check_lmdb(mdb_txn_commit(std::exchange(raw_, nullptr)), folder_, doing);
}

bool Transaction::get(MDB_dbi database, std::string_view key, std::string_view& value) const {
  MDB_val wanted = value_of(key);
  MDB_val found{};
  touched_.note(kBytesPerLookUp);
  const int code = mdb_get(raw_, database, &wanted, &found);
  if (code == MDB_NOTFOUND) return false;
  check_lmdb(code, folder_, "read");
  value = view_of(found);
  touched_.note(value.size());
  return true;
}

void Transaction::put(MDB_dbi database, std::string_view key, std::string_view value) {
  MDB_val name = value_of(key);
  MDB_val content = value_of(value);
  touched_.note(kBytesPerLookUp);
  touched_.release();
  check_lmdb(mdb_put(raw_, database, &name, &content, 0), folder_, "write");
}

unsigned char* Transaction::reserve(MDB_dbi database, std::string_view key, std::size_t count) {
  MDB_val name = value_of(key);
  MDB_val room{count, nullptr};
  touched_.note(kBytesPerLookUp);
  touched_.release();
  check_lmdb(mdb_put(raw_, database, &name, &room, MDB_RESERVE), folder_, "write");
  return static_cast<unsigned char*>(room.mv_data);
}

Entries Transaction::entries_after(MDB_dbi database, std::string_view key, bool values) const {
  MDB_cursor* raw = nullptr;
  check_lmdb(mdb_cursor_open(raw_, database, &raw), folder_, "read");
  const std::unique_ptr<MDB_cursor, void (*)(MDB_cursor*)> cursor(raw, mdb_cursor_close);
  Entries entries;
  MDB_val name = value_of(key);
  MDB_val value{};
  int code = mdb_cursor_get(raw, &name, &value, key.empty() ? MDB_FIRST : MDB_SET_RANGE);
  if (code == MDB_SUCCESS && view_of(name) == key) code = mdb_cursor_get(raw, &name, &value, MDB_NEXT);
  for (std::size_t bytes = 0; code == MDB_SUCCESS && bytes < kChunkBytes && entries.size() < kChunkEntries;) {
    entries.emplace_back(view_of(name), view_of(value));
    const std::size_t looked_at = values ? name.mv_size + value.mv_size : name.mv_size * kPagesMappedAround;
    bytes += looked_at;
    touched_.note(looked_at);
    code = mdb_cursor_get(raw, &name, &value, MDB_NEXT);
  }
  if (code != MDB_NOTFOUND) check_lmdb(code, folder_, "read");
  return entries;
}

std::int64_t Transaction::entry_count(MDB_dbi database) const {
  MDB_stat stat{};
  check_lmdb(mdb_stat(raw_, database, &stat), folder_, "read");
  return static_cast<std::int64_t>(stat.ms_entries);
}

}  // namespace soundfold::database

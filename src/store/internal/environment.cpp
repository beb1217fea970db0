// SPDX-License-Identifier: Apache-2.0
#include "store/internal/environment.h"

#include "store/internal/lmdb_file.h"
#include "support/errors.h"
#include "support/files.h"

#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

namespace soundfold::store {
namespace fs = std::filesystem;
namespace {

constexpr char kFormatKey[] = "format_version";
constexpr int kFormatVersion = 1;
constexpr unsigned kDatabaseCount = 5;
constexpr unsigned kReaderSlots = 510;
/// The kernel maps the pages around the one that was asked for, too.
constexpr std::size_t kBytesPerLookUp = std::size_t{1} << 16;
constexpr std::size_t kMaxTouchedBytes = std::size_t{8} << 20;

/// Thrown by check() for MDB_MAP_FULL; write() catches it, grows the map and tries again.
struct MapFull {};

/// An open environment and how many shared pointers to it exist.
struct Registered {
  Environment* environment = nullptr;
  int users = 0;
};

/// Environments by device and inode of their folder. A plain weak_ptr does not suffice: while the last owner is closing
/// one, another thread could open it again, and closing releases LMDB's file locks for the whole process.
struct Registry {
  using Key = std::pair<dev_t, ino_t>;
  std::mutex mutex;
  std::map<Key, Registered> open;

  void release(const Key& key) {
    const std::lock_guard lock(mutex);
    auto& entry = open[key];
    if (--entry.users > 0) return;
    delete entry.environment;
    open.erase(key);
  }
};

Registry& registry() {
  static Registry* const only = new Registry;  // never destroyed: stores may be static objects themselves
  return *only;
}

/// Ends a transaction that was not committed.
class Transaction {
 public:
  explicit Transaction(MDB_txn* transaction) : transaction_(transaction) {}
  ~Transaction() {
    if (transaction_ != nullptr) mdb_txn_abort(transaction_);
  }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  MDB_txn* get() const { return transaction_; }
  int commit() { return mdb_txn_commit(std::exchange(transaction_, nullptr)); }

 private:
  MDB_txn* transaction_;
};

MDB_val value_of(std::string_view bytes) {
  return MDB_val{bytes.size(), const_cast<char*>(bytes.data())};
}

std::string_view view_of(const MDB_val& value) {
  return {static_cast<const char*>(value.mv_data), value.mv_size};
}

void refuse_network_file_system(const fs::path& folder) {
  struct statfs facts {};
  if (::statfs(folder.c_str(), &facts) != 0) return;
  const std::string name = network_file_system(static_cast<std::uint32_t>(facts.f_type));
  if (name.empty()) return;
  throw DataError("embedding store " + folder.string() + ": lies on " + name +
                  ", where LMDB's locks and memory map cannot be relied on; name a folder on a local disk");
}

bool is_permission_error(int code) {
  return code == EACCES || code == EROFS || code == EPERM;
}

}  // namespace

std::string network_file_system(std::uint32_t magic) {
  switch (magic) {
    case 0x6969:
      return "NFS";
    case 0x517B:
      return "SMB";
    case 0xFE534D42:
      return "SMB";
    case 0xFF534D42:
      return "CIFS";
    default:
      return {};
  }
}

std::string explain_lmdb_error(int code) {
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
      return reason + "; the store is damaged: delete the folder, it is only a cache and will be rebuilt";
    default:
      return reason;
  }
}

void Environment::check(int code, const char* doing) const {
  if (code == MDB_SUCCESS) return;
  if (code == MDB_MAP_FULL) throw MapFull{};
  throw DataError("embedding store " + folder_.string() + ": cannot " + doing + ": " + explain_lmdb_error(code));
}

std::shared_ptr<Environment> Environment::open(const fs::path& folder, std::uintmax_t initial_map_bytes) {
  make_folder(folder);
  refuse_network_file_system(folder);
  struct stat facts {};
  if (::stat(folder.c_str(), &facts) != 0) {
    throw DataError("embedding store " + folder.string() + ": " + std::strerror(errno));
  }
  const Registry::Key key{facts.st_dev, facts.st_ino};
  const std::lock_guard lock(registry().mutex);
  auto found = registry().open.find(key);
  if (found == registry().open.end()) {
    const Registered fresh{new Environment(folder, initial_map_bytes), 0};
    found = registry().open.emplace(key, fresh).first;
  }
  ++found->second.users;
  return {found->second.environment, [key](Environment*) { registry().release(key); }};
}

Environment::Environment(fs::path folder, std::uintmax_t initial_map_bytes) : folder_(std::move(folder)) {
  try {
    open_files(initial_map_bytes);
    refuse_cut_off_file();
    open_databases();
    refuse_newer_format();
  } catch (...) {
    if (env_ != nullptr) mdb_env_close(env_);
    throw;
  }
}

Environment::~Environment() {
  mdb_env_close(env_);
}

int Environment::try_open(unsigned flags, std::uintmax_t map_bytes) {
  check(mdb_env_create(&env_), "prepare the store");
  const auto page = static_cast<std::uintmax_t>(::sysconf(_SC_PAGESIZE));
  check(mdb_env_set_mapsize(env_, (map_bytes + page - 1) / page * page), "prepare the store");
  check(mdb_env_set_maxdbs(env_, kDatabaseCount), "prepare the store");
  check(mdb_env_set_maxreaders(env_, kReaderSlots), "prepare the store");
  const int code = mdb_env_open(env_, folder_.c_str(), flags | MDB_NOTLS, 0644);
  if (code != MDB_SUCCESS) mdb_env_close(std::exchange(env_, nullptr));
  return code;
}

void Environment::open_files(std::uintmax_t initial_map_bytes) {
  refuse_foreign_file(folder_ / "data.mdb");
  int code = try_open(0, initial_map_bytes);
  if (is_permission_error(code) && fs::exists(folder_ / "data.mdb")) {
    read_only_ = true;
    code = try_open(MDB_RDONLY, initial_map_bytes);
    // Not even the lock file may be written: this process cannot take part in LMDB's bookkeeping of readers.
    if (is_permission_error(code)) code = try_open(MDB_RDONLY | MDB_NOLOCK, initial_map_bytes);
    if (code == MDB_SUCCESS) {
      spdlog::warn("embedding store {}: is read-only; nothing new will be stored", folder_.string());
    }
  }
  check(code, "open it");
  int dead_readers = 0;
  if (!read_only_ && mdb_reader_check(env_, &dead_readers) == MDB_SUCCESS && dead_readers > 0) {
    spdlog::debug("embedding store {}: removed {} readers whose processes ended", folder_.string(), dead_readers);
  }
}

void Environment::refuse_cut_off_file() const {
  // Touching a page behind the end of the file would end the process with SIGBUS. LMDB writes pages before it names
  // them, so a file is only shorter than its last page when it was truncated.
  MDB_envinfo info{};
  MDB_stat stat{};
  check(mdb_env_info(env_, &info), "open it");
  check(mdb_env_stat(env_, &stat), "open it");
  const std::uintmax_t expected = (static_cast<std::uintmax_t>(info.me_last_pgno) + 1) * stat.ms_psize;
  const std::uintmax_t size = fs::file_size(folder_ / "data.mdb");
  if (size >= expected) return;
  throw DataError("embedding store " + folder_.string() + ": data.mdb is truncated: it has " + std::to_string(size) +
                  " bytes where it names " + std::to_string(expected) +
                  "; delete the folder, it is only a cache and will be rebuilt");
}

void Environment::open_databases() {
  bool complete = true;
  std::size_t names = 0;
  {
    const Transaction reading(begin(MDB_RDONLY));
    MDB_dbi main = 0;
    check(mdb_dbi_open(reading.get(), nullptr, 0, &main), "open it");
    MDB_stat stat{};
    check(mdb_stat(reading.get(), main, &stat), "open it");
    names = stat.ms_entries;
    for (const char* name : {"records", "recipes", "files", "meta"}) {
      MDB_val key = value_of(name);
      MDB_val value{};
      const int code = mdb_get(reading.get(), main, &key, &value);
      if (code != MDB_NOTFOUND) check(code, "open it");
      complete = complete && code == MDB_SUCCESS;
    }
  }
  if (!complete && names > 0) {
    throw DataError("embedding store " + folder_.string() +
                    ": holds an LMDB environment that is not an embedding store; name another folder");
  }
  if (!complete && read_only_) {
    throw DataError("embedding store " + folder_.string() + ": is empty and cannot be written; name another folder");
  }
  make_or_open_databases();
}

void Environment::make_or_open_databases() {
  const auto open_all = [this](MDB_txn* transaction, unsigned flags) -> bool {
    check(mdb_dbi_open(transaction, "records", flags, &databases_.records), "open the records");
    check(mdb_dbi_open(transaction, "recipes", flags, &databases_.recipes), "open the recipes");
    check(mdb_dbi_open(transaction, "files", flags, &databases_.files), "open the file digests");
    check(mdb_dbi_open(transaction, "meta", flags, &databases_.meta), "open the format version");
    // Stores of earlier programs have none: it is made when the store may be written.
    const int code = mdb_dbi_open(transaction, "parts", flags, &databases_.parts);
    if (code != MDB_NOTFOUND) check(code, "open the parts of long records");
    return code == MDB_SUCCESS;
  };
  bool have_all = true;
  {
    Transaction reading(begin(MDB_RDONLY));
    MDB_dbi meta = 0;
    const int code = mdb_dbi_open(reading.get(), "meta", 0, &meta);
    have_all = code == MDB_SUCCESS;
    if (have_all) have_all = open_all(reading.get(), 0) || read_only_;
    if (code != MDB_NOTFOUND) check(code, "open it");
    if (have_all) check(reading.commit(), "open it");
  }
  if (have_all) return;
  // Another process may be doing the same; the second one finds everything made.
  write([&](MDB_txn* transaction) {
    open_all(transaction, MDB_CREATE);
    std::string_view present;
    if (!get(transaction, databases_.meta, kFormatKey, present)) {
      put(transaction, databases_.meta, kFormatKey, std::to_string(kFormatVersion));
    }
  });
}

void Environment::refuse_newer_format() const {
  std::string found = "none";
  read([&](MDB_txn* transaction) {
    std::string_view value;
    if (get(transaction, databases_.meta, kFormatKey, value)) found = value;
  });
  if (found == std::to_string(kFormatVersion)) return;
  throw DataError("embedding store " + folder_.string() + ": has format version " + found + ", this program knows " +
                  std::to_string(kFormatVersion) + "; use a newer program or name another folder");
}

MDB_txn* Environment::begin(unsigned flags) const {
  MDB_txn* transaction = nullptr;
  check(mdb_txn_begin(env_, nullptr, flags, &transaction), flags == 0 ? "write" : "read");
  return transaction;
}

void Environment::read(const std::function<void(MDB_txn*)>& body) const {
  while (true) {
    {
      const std::shared_lock lock(size_mutex_);
      MDB_txn* transaction = nullptr;
      const int code = mdb_txn_begin(env_, nullptr, MDB_RDONLY, &transaction);
      if (code != MDB_MAP_RESIZED) {
        check(code, "read");
        {
          const Transaction guard(transaction);
          body(guard.get());
        }
        release_touched();
        return;
      }
    }
    adopt_size();
  }
}

bool Environment::try_write(const std::function<void(MDB_txn*)>& body, std::size_t& map_bytes_seen) {
  const std::shared_lock lock(size_mutex_);
  MDB_envinfo info{};
  check(mdb_env_info(env_, &info), "write");
  map_bytes_seen = info.me_mapsize;
  MDB_txn* raw = nullptr;
  const int code = mdb_txn_begin(env_, nullptr, 0, &raw);
  if (code == MDB_MAP_RESIZED) {
    map_bytes_seen = 0;
    return false;
  }
  check(code, "write");
  Transaction transaction(raw);
  try {
    body(transaction.get());
    check(transaction.commit(), "write");
  } catch (const MapFull&) {
    return false;
  }
  release_touched();
  return true;
}

void Environment::write(const std::function<void(MDB_txn*)>& body) {
  if (read_only_) {
    throw DataError("embedding store " + folder_.string() +
                    ": is read-only; make the folder writable or name another one");
  }
  std::size_t map_bytes_seen = 0;
  while (!try_write(body, map_bytes_seen)) {
    if (map_bytes_seen == 0) {
      adopt_size();
    } else {
      grow(map_bytes_seen);
    }
  }
  cover_last_page();
}

void Environment::grow(std::size_t map_bytes_seen) {
  const std::unique_lock lock(size_mutex_);
  MDB_envinfo info{};
  check(mdb_env_info(env_, &info), "grow");
  if (info.me_mapsize > map_bytes_seen) return;  // another thread has done it already
  const std::size_t larger = info.me_mapsize * 2;
  set_map_size(larger, "grow");
  spdlog::debug("embedding store {}: map grown to {}", folder_.string(), human_size(larger));
}

void Environment::set_map_size(std::size_t bytes, const char* doing) const {
  map_ = {};
  check(mdb_env_set_mapsize(env_, bytes), doing);
}

void Environment::adopt_size() const {
  const std::unique_lock lock(size_mutex_);
  set_map_size(0, "follow its growth");
}

void Environment::cover_last_page() {
  // Pages that a transaction took and gave back before its end are never written. When they were the last ones, the
  // file is shorter than LMDB's own count, harmless except for refuse_cut_off_file(). The write lock keeps other
  // writers away.
  const std::shared_lock lock(size_mutex_);
  const fs::path file = folder_ / "data.mdb";
  MDB_stat stat{};
  const auto missing = [&] {
    MDB_envinfo info{};
    check(mdb_env_info(env_, &info), "write");
    check(mdb_env_stat(env_, &stat), "write");
    const std::uintmax_t expected = (static_cast<std::uintmax_t>(info.me_last_pgno) + 1) * stat.ms_psize;
    std::error_code failed;
    const std::uintmax_t size = fs::file_size(file, failed);
    return failed || size >= expected ? std::uintmax_t{0} : expected;
  };
  if (missing() == 0) return;
  MDB_txn* raw = nullptr;
  if (mdb_txn_begin(env_, nullptr, 0, &raw) != MDB_SUCCESS) return;
  const Transaction writer_lock(raw);
  if (const std::uintmax_t wanted = missing(); wanted != 0) {
    std::error_code failed;
    fs::resize_file(file, wanted, failed);
  }
}

bool Environment::get(MDB_txn* transaction, MDB_dbi database, std::string_view key, std::string_view& value) const {
  MDB_val wanted = value_of(key);
  MDB_val found{};
  note_touched(kBytesPerLookUp);
  const int code = mdb_get(transaction, database, &wanted, &found);
  if (code == MDB_NOTFOUND) return false;
  check(code, "read");
  value = view_of(found);
  note_touched(value.size());
  return true;
}

void Environment::put(MDB_txn* transaction, MDB_dbi database, std::string_view key, std::string_view value) {
  MDB_val name = value_of(key);
  MDB_val content = value_of(value);
  note_touched(kBytesPerLookUp);
  release_touched();
  check(mdb_put(transaction, database, &name, &content, 0), "write");
}

unsigned char* Environment::reserve(MDB_txn* transaction, MDB_dbi database, std::string_view key, std::size_t count) {
  MDB_val name = value_of(key);
  MDB_val room{count, nullptr};
  note_touched(kBytesPerLookUp);
  release_touched();
  check(mdb_put(transaction, database, &name, &room, MDB_RESERVE), "write");
  return static_cast<unsigned char*>(room.mv_data);
}

void Environment::for_each(MDB_txn* transaction, MDB_dbi database,
                           const std::function<void(std::string_view, std::string_view)>& use) const {
  MDB_cursor* raw = nullptr;
  check(mdb_cursor_open(transaction, database, &raw), "read");
  const std::unique_ptr<MDB_cursor, void (*)(MDB_cursor*)> cursor(raw, mdb_cursor_close);
  MDB_val key{};
  MDB_val value{};
  int code = mdb_cursor_get(raw, &key, &value, MDB_FIRST);
  for (; code == MDB_SUCCESS; code = mdb_cursor_get(raw, &key, &value, MDB_NEXT)) use(view_of(key), view_of(value));
  if (code != MDB_NOTFOUND) check(code, "read");
}

void Environment::note_touched(std::size_t bytes) const {
  touched_bytes_.fetch_add(bytes, std::memory_order_relaxed);
}

void Environment::release_touched() const {
  // Pages of the map that were looked at count as this process's memory until the system needs it. They stay in the
  // system's cache when they are given back; they are read again without reading the disk.
  if (touched_bytes_.load(std::memory_order_relaxed) < kMaxTouchedBytes) return;
  touched_bytes_ = 0;
  const std::lock_guard lock(map_mutex_);
  if (map_.bytes == 0) map_ = mapping_of(folder_ / "data.mdb");
  give_back(map_);
}

std::int64_t Environment::entry_count(MDB_txn* transaction, MDB_dbi database) const {
  MDB_stat stat{};
  check(mdb_stat(transaction, database, &stat), "read");
  return static_cast<std::int64_t>(stat.ms_entries);
}

std::uintmax_t Environment::map_bytes() const {
  MDB_envinfo info{};
  check(mdb_env_info(env_, &info), "read");
  return info.me_mapsize;
}

}  // namespace soundfold::store

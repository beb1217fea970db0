// SPDX-License-Identifier: Apache-2.0
#include "database/environment.h"

#include "database/internal/lmdb_file.h"
#include "support/errors.h"
#include "support/files.h"
#include "support/logging.h"
#include "support/processor.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <map>
#include <mutex>
#include <utility>

namespace soundfold::database {
namespace fs = std::filesystem;
namespace {

constexpr unsigned kDatabaseCount = 5;
constexpr unsigned kReaderSlots = 510;

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

bool is_permission_error(int code) {
  return code == EACCES || code == EROFS || code == EPERM;
}

}  // namespace

std::shared_ptr<Environment> Environment::open(const fs::path& folder, const OpenOptions& options) {
  if (!options.read_only) {
    make_folder(folder);
  } else if (!fs::exists(folder / "data.mdb")) {
    throw DataError("no embedding store in " + folder.string());
  }
  if (!is_sealed(folder / "data.mdb")) refuse_network_file_system(folder);
  struct stat facts {};
  if (::stat(folder.c_str(), &facts) != 0) {
    throw DataError("embedding store " + folder.string() + ": " + std::strerror(errno));
  }
  const Registry::Key key{facts.st_dev, facts.st_ino};
  const std::lock_guard lock(registry().mutex);
  auto found = registry().open.find(key);
  if (options.alone || found == registry().open.end()) {  // alone: refused when it is open here
    const Registered fresh{new Environment(folder, options), 0};
    found = registry().open.emplace(key, fresh).first;
  }
  ++found->second.users;
  return {found->second.environment, [key](Environment*) { registry().release(key); }};
}

std::shared_ptr<Environment> Environment::open_to_read(const fs::path& folder) {
  OpenOptions options;
  options.read_only = true;
  return open(folder, options);
}

Environment::Environment(fs::path folder, const OpenOptions& options)
    : folder_(std::move(folder)), lock_(folder_, options.alone), touched_(folder_ / "data.mdb") {
  try {
    open_files(options);
    refuse_cut_off_file();
    databases_ = open_databases(*this);
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
  // LMDB's lock file has 64 bytes for each reader, and 192 more but for one reader.
  if ((flags & MDB_NOLOCK) == 0) reserve_lock_file(folder_, std::int64_t{kReaderSlots - 1} * 64 + 192);
  // Records are looked up here and there. Where the file does not fit into memory, reading ahead (8 MB a miss on some
  // disks) would push out what is needed next.
  std::error_code unknown;
  const auto file_bytes = fs::file_size(folder_ / "data.mdb", unknown);
  if (!unknown && file_bytes > usable_memory_bytes() / 2) flags |= MDB_NORDAHEAD;
  const int code = mdb_env_open(env_, folder_.c_str(), flags | MDB_NOTLS, 0644);
  if (code != MDB_SUCCESS) mdb_env_close(std::exchange(env_, nullptr));
  return code;
}

void Environment::open_files(const OpenOptions& options) {
  const bool sealed = is_sealed(folder_ / "data.mdb");
  if (sealed && options.alone) refuse_change(folder_);
  if (!options.read_only && !sealed) make_data_file(folder_);
  refuse_foreign_file(folder_ / "data.mdb");
  read_only_ = options.read_only || sealed;
  int code = read_only_ ? EACCES : try_open(0, options.initial_map_bytes);
  if (is_permission_error(code) && fs::exists(folder_ / "data.mdb")) {
    read_only_ = true;
    if (!sealed) code = try_open(MDB_RDONLY, options.initial_map_bytes);
    // Not even the lock file may be written: this process cannot take part in LMDB's bookkeeping of readers.
    if (is_permission_error(code)) code = try_open(MDB_RDONLY | MDB_NOLOCK, options.initial_map_bytes);
    if (code == MDB_SUCCESS && !options.read_only) {
      logger().warn("embedding store {}: is read-only; nothing new will be stored", folder_.string());
    }
  }
  check(code, "open it");
  int dead_readers = 0;
  if (!read_only_ && mdb_reader_check(env_, &dead_readers) == MDB_SUCCESS && dead_readers > 0) {
    logger().debug("embedding store {}: removed {} readers whose processes ended", folder_.string(), dead_readers);
  }
}

std::uintmax_t Environment::named_bytes(const char* doing) const {
  MDB_envinfo info{};
  MDB_stat stat{};
  check(mdb_env_info(env_, &info), doing);
  check(mdb_env_stat(env_, &stat), doing);
  return (static_cast<std::uintmax_t>(info.me_last_pgno) + 1) * stat.ms_psize;
}

void Environment::refuse_cut_off_file() const {
  // Touching a page behind the end of the file would end the process with SIGBUS. LMDB writes pages before it names
  // them, so a file is only shorter than its last page when it was truncated.
  const std::uintmax_t expected = named_bytes("open it");
  const std::uintmax_t size = fs::file_size(folder_ / "data.mdb");
  if (size >= expected) return;
  throw DataError("embedding store " + folder_.string() + ": data.mdb is truncated: it has " + std::to_string(size) +
                  " bytes where it names " + std::to_string(expected) + advice_on_damage(folder_));
}

void Environment::read(const std::function<void(Transaction&)>& body) const {
  while (true) {
    {
      const std::shared_lock lock(size_mutex_);
      MDB_txn* transaction = nullptr;
      const int code = mdb_txn_begin(env_, nullptr, MDB_RDONLY, &transaction);
      if (code != MDB_MAP_RESIZED) {
        check(code, "read");
        {
          Transaction reading(transaction, folder_, touched_);
          body(reading);
        }
        touched_.release();
        return;
      }
    }
    adopt_size();
  }
}

void Environment::for_each_chunk(MDB_dbi database, const std::function<void(const Transaction&, const Entries&)>& use,
                                 bool values) const {
  std::string last_key;
  bool done = false;
  while (!done) {
    read([&](const Transaction& reading) {
      const Entries entries = reading.entries_after(database, last_key, values);
      done = entries.empty();
      if (done) return;
      last_key = entries.back().first;
      use(reading, entries);
    });
  }
}

bool Environment::try_write(const std::function<void(Transaction&)>& body, std::size_t& map_bytes_seen) {
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
  Transaction transaction(raw, folder_, touched_);
  try {
    body(transaction);
    transaction.commit("write");
  } catch (const MapFull&) {
    return false;
  }
  touched_.release();
  return true;
}

void Environment::write(const std::function<void(Transaction&)>& body) {
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
  logger().debug("embedding store {}: map grown to {}", folder_.string(), human_size(larger));
}

void Environment::set_map_size(std::size_t bytes, const char* doing) const {
  touched_.forget_map();
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
  const auto missing = [&] {
    const std::uintmax_t expected = named_bytes("write");
    std::error_code failed;
    const std::uintmax_t size = fs::file_size(file, failed);
    return failed || size >= expected ? std::uintmax_t{0} : expected;
  };
  if (missing() == 0) return;
  MDB_txn* raw = nullptr;
  if (mdb_txn_begin(env_, nullptr, 0, &raw) != MDB_SUCCESS) return;
  const Transaction writer_lock(raw, folder_, touched_);
  if (const std::uintmax_t wanted = missing(); wanted != 0) {
    std::error_code failed;
    fs::resize_file(file, wanted, failed);
  }
}

std::uintmax_t Environment::free_bytes() const {
  constexpr MDB_dbi kFreePages = 0;  // of each transaction, its freed pages: their number, then theirs
  std::uintmax_t pages = 0;
  for_each_chunk(kFreePages, [&](const Transaction&, const Entries& entries) {
    for (const auto& [transaction, freed] : entries) {
      std::size_t count = 0;
      if (freed.size() >= sizeof count) std::memcpy(&count, freed.data(), sizeof count);
      pages += count;
    }
  });
  MDB_stat stat{};
  check(mdb_env_stat(env_, &stat), "read");
  return pages * stat.ms_psize;
}

std::uintmax_t Environment::map_bytes() const {
  MDB_envinfo info{};
  check(mdb_env_info(env_, &info), "read");
  return info.me_mapsize;
}

}  // namespace soundfold::database

// SPDX-License-Identifier: Apache-2.0
#include "database/internal/lmdb_file.h"

#include "support/errors.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>

namespace soundfold::database {
namespace fs = std::filesystem;
namespace {

// LMDB 0.9's file, as its data format (MDB_DATA_VERSION 1) lays it out on 64-bit machines: a page header of 16 bytes,
// then the meta.
constexpr std::uint32_t kLmdbMagic = 0xBEEFC0DE;
constexpr std::uint32_t kLmdbDataVersion = 1;
constexpr std::uint16_t kMetaPageFlag = 0x08;
constexpr std::uint64_t kNoPage = ~std::uint64_t{0};
constexpr char kDamaged[] = "has a damaged meta page";

struct Tree {
  std::uint32_t page_size;  ///< in the first tree only
  std::uint16_t flags;
  std::uint16_t depth;
  std::uint64_t branch_pages, leaf_pages, overflow_pages, entries, root;
};

struct MetaPage {
  std::uint64_t page_number;
  std::uint16_t pad, page_flags, lower, upper;
  std::uint32_t magic, version;
  std::uint64_t address, map_size;
  std::array<Tree, 2> trees;
  std::uint64_t last_page, transaction;
};
static_assert(sizeof(MetaPage) == 152, "LMDB's meta page has no padding");

/// What is wrong with a meta page, or nothing.
std::string problem_of(const MetaPage& meta, std::uint64_t page_number, std::uint32_t page_size) {
  if (meta.magic != kLmdbMagic || (meta.page_flags & kMetaPageFlag) == 0) return "is not an LMDB file";
  if (meta.version != kLmdbDataVersion) return "has LMDB's data version " + std::to_string(meta.version) + ", not 1";
  if (meta.page_number != page_number || meta.trees[0].page_size != page_size) return kDamaged;
  return {};
}

bool roots_are_sound(const MetaPage& meta) {
  return std::all_of(meta.trees.begin(), meta.trees.end(), [&](const Tree& tree) {
    return tree.root == kNoPage || (tree.root >= 2 && tree.root <= meta.last_page);
  });
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

void refuse_network_file_system(const fs::path& folder) {
  struct statfs facts {};
  if (::statfs(folder.c_str(), &facts) != 0) return;
  const std::string name = network_file_system(static_cast<std::uint32_t>(facts.f_type));
  if (name.empty()) return;
  throw DataError("embedding store " + folder.string() + ": lies on " + name +
                  ", where LMDB's locks and memory map cannot be relied on; name a folder on a local disk");
}

bool is_sealed(const fs::path& data_file) {
  struct stat facts {};
  return ::stat(data_file.c_str(), &facts) == 0 && (facts.st_mode & (S_IWUSR | S_IWGRP | S_IWOTH)) == 0;
}

void refuse_change(const fs::path& folder) {
  throw DataError("embedding store " + folder.string() +
                  ": is a shard, which is never changed; merge the shards into a store (store merge) and change that");
}

std::string advice_on_damage(const fs::path& folder) {
  if (!is_sealed(folder / "data.mdb")) return "; delete the folder, it is only a cache and will be rebuilt";
  const fs::path shards = (folder / "").lexically_normal().parent_path().parent_path();
  return "; it is a shard: make it again by embedder --missing --redo --store " +
         (shards.empty() ? std::string(".") : shards.string());
}

void refuse_foreign_file(const fs::path& data_file) {
  if constexpr (sizeof(void*) != 8) return;
  std::error_code failed;
  const auto size = fs::file_size(data_file, failed);
  if (failed || size == 0) return;
  std::ifstream in(data_file, std::ios::binary);
  if (!in) return;  // LMDB will say why
  const auto refuse = [&](const std::string& problem) {
    if (is_sealed(data_file)) {
      throw DataError("embedding store: " + data_file.string() + " " + problem +
                      advice_on_damage(data_file.parent_path()));
    }
    throw DataError("embedding store: " + data_file.string() + " " + problem +
                    "; if this folder was a store, delete it " +
                    "(it is only a cache and will be rebuilt), otherwise name another folder");
  };
  std::uint32_t page_size = 0;
  std::array<MetaPage, 2> metas{};
  for (std::uint64_t page = 0; page < 2; ++page) {
    MetaPage& meta = metas[page];
    in.seekg(static_cast<std::streamoff>(page * page_size));
    in.read(static_cast<char*>(static_cast<void*>(&meta)), sizeof meta);
    if (in.gcount() != static_cast<std::streamsize>(sizeof meta)) refuse("is truncated");
    if (page == 0) page_size = meta.trees[0].page_size;
    if (const std::string problem = problem_of(meta, page, page_size); !problem.empty()) refuse(problem);
    const bool sane = page_size >= 512 && page_size <= 65536 && (page_size & (page_size - 1)) == 0;
    if (!sane) refuse(kDamaged);
  }
  // LMDB goes by the later transaction. The other page may be what it leaves when a write of it failed: the new roots
  // beside the old last page.
  const bool second = metas[1].transaction > metas[0].transaction;
  if (!roots_are_sound(metas[second ? 1 : 0])) refuse(kDamaged);
}

void reserve_lock_file(const fs::path& folder, std::int64_t fresh_bytes) {
  const int file = ::open((folder / "lock.mdb").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (file < 0) return;
  struct stat status {};
  int problem = ::fstat(file, &status) == 0 ? 0 : errno;
  const off_t bytes = status.st_size > 0 ? status.st_size : static_cast<off_t>(fresh_bytes);
  if (problem == 0) problem = ::fallocate(file, 0, 0, bytes) == 0 ? 0 : errno;
  ::close(file);
  if (problem != ENOSPC && problem != EDQUOT) return;
  throw DataError("embedding store " + folder.string() + ": lock.mdb: " + std::strerror(problem) +
                  "; free some space, or name a folder on another disk");
}

}  // namespace soundfold::database

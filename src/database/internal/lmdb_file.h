// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace soundfold::database {

/// "NFS", "SMB" for the magic numbers of statfs() whose locks and maps LMDB cannot rely on; otherwise empty.
std::string network_file_system(std::uint32_t magic);

/// Throws DataError when `folder` lies on such a file system.
void refuse_network_file_system(const std::filesystem::path& folder);

/// Whether nobody may write the file (no write permission in its mode), as of shards that landed. Such a file is opened
/// without LMDB's locks, which no one needs then, and may lie on any file system.
bool is_sealed(const std::filesystem::path& data_file);
/// Throws DataError for a folder whose file is sealed and was to be replaced.
[[noreturn]] void refuse_change(const std::filesystem::path& folder);

/// What to do about a damaged file, for the end of a message: a shard is made again, another store is deleted.
std::string advice_on_damage(const std::filesystem::path& folder);

/// Looks at the first two pages of an LMDB data file before LMDB maps it, because LMDB believes what it finds there.
/// A missing or empty file is fine (LMDB makes it). Throws DataError when the file is not LMDB's, was made on a machine
/// of other word size or byte order, or its two meta pages cannot be.
void refuse_foreign_file(const std::filesystem::path& data_file);

/// Gives lock.mdb its room on the disk, `fresh_bytes` when it is new. LMDB makes the file with a hole and writes to it
/// through a map: on a full disk that would end the process with SIGBUS. Throws DataError when there is no room; what
/// else goes wrong LMDB says. No environment of the folder may be open in this process.
void reserve_lock_file(const std::filesystem::path& folder, std::int64_t fresh_bytes);

}  // namespace soundfold::database

// SPDX-License-Identifier: Apache-2.0
#include "weights/zip_reader.h"

#include "support/errors.h"
#include "support/files.h"
#include "text/text.h"
#include "weights/importing.h"

#include <unzip.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory>
#include <vector>

namespace soundfold::weights {
namespace {

/// A few bytes can unpack to gigabytes. LibTorch's archives are not compressed at all.
constexpr std::size_t kAlwaysAllowedBytes = 256'000'000;
constexpr std::size_t kLargestGrowth = 8;

/// Bytes in memory as minizip reads a file.
struct MemoryFile {
  std::string_view bytes;
  std::uint64_t at = 0;
  bool past_end = false;  ///< more was asked for than there is; minizip 1 takes a missing byte of a number for 0

  static MemoryFile& of(void* stream) { return *static_cast<MemoryFile*>(stream); }
  static void* open(void* file, const void*, int) { return file; }
  static int close(void*, void*) { return 0; }
  static int error(void*, void*) { return 0; }
  static ZPOS64_T tell(void*, void* stream) { return of(stream).at; }
  static uLong read(void*, void* stream, void* to, uLong count) {
    auto& file = of(stream);
    const auto read = std::min<std::uint64_t>(count, file.bytes.size() - file.at);
    if (read < count) file.past_end = true;
    if (read > 0) std::memcpy(to, file.bytes.data() + file.at, read);
    file.at += read;
    return read;
  }
  static long seek(void*, void* stream, ZPOS64_T offset, int origin) {
    auto& file = of(stream);
    const std::uint64_t from = origin == SEEK_SET ? 0 : origin == SEEK_CUR ? file.at : file.bytes.size();
    if (offset > file.bytes.size() - from) return -1;
    file.at = from + offset;
    return 0;
  }
};

/// A zip archive in memory, entry after entry.
class ZipArchive {
 public:
  /// `name` is for messages, and must live as long.
  ZipArchive(std::string_view bytes, const std::string& name) : file_{bytes}, name_(name), reader_(nullptr, unzClose) {
    zlib_filefunc64_def functions{MemoryFile::open, MemoryFile::read,  nullptr,           MemoryFile::tell,
                                  MemoryFile::seek, MemoryFile::close, MemoryFile::error, &file_};
    reader_.reset(unzOpen2_64(name.c_str(), &functions));
    if (!reader_ || file_.past_end)
      throw DataError(name_ + ": the zip archive in it cannot be opened: it is truncated or damaged");
  }

  /// Goes to the first entry, or to the one after this; false when there is none.
  bool next() {
    const int status = started_ ? unzGoToNextFile(reader_.get()) : unzGoToFirstFile(reader_.get());
    started_ = true;
    if (status == UNZ_END_OF_LIST_OF_FILE) return false;
    check(status, "the zip archive in it cannot be read: its table is damaged");
    check(unzGetCurrentFileInfo64(reader_.get(), &facts_, nullptr, 0, nullptr, 0, nullptr, 0), "its table is damaged");
    entry_.assign(facts_.size_filename, '\0');
    check(unzGetCurrentFileInfo64(reader_.get(), &facts_, entry_.data(), facts_.size_filename, nullptr, 0, nullptr, 0),
          "its table is damaged");
    return true;
  }
  const std::string& entry() const { return entry_; }

  /// Reads the entry, appends its bytes to `keep` when that is not null, and takes them from `allowed_bytes`.
  void read_entry(std::string* keep, std::size_t max_bytes, std::size_t& allowed_bytes) {
    const auto damaged = "its part '" + shown(entry_) + "' is damaged";
    check(unzOpenCurrentFile(reader_.get()), damaged);
    std::uint64_t total = 0;
    while (true) {
      const int count = unzReadCurrentFile(reader_.get(), block_.data(), static_cast<unsigned>(block_.size()));
      if (count < 0) fail(damaged);
      if (count == 0) break;
      const auto bytes = static_cast<std::size_t>(count);
      if (bytes > allowed_bytes)
        fail("its parts unpack to far more than the archive holds; it is damaged or malicious");
      allowed_bytes -= bytes;
      total += bytes;
      if (keep == nullptr) continue;
      if (keep->size() + bytes > max_bytes) {
        fail("its part '" + shown(entry_) + "' is larger than the " + human_size(max_bytes) + " allowed");
      }
      keep->append(block_.data(), bytes);
    }
    // Closing compares the checksum, but only of an entry that was read to the end that its table names.
    check(unzCloseCurrentFile(reader_.get()), damaged);
    if (total != facts_.uncompressed_size) fail(damaged);
  }

 private:
  [[noreturn]] void fail(const std::string& problem) const { throw DataError(name_ + ": " + problem); }
  void check(int status, const std::string& problem) const {
    if (status != UNZ_OK || file_.past_end) fail(problem);
  }

  MemoryFile file_;
  const std::string& name_;
  std::unique_ptr<void, int (*)(unzFile)> reader_;
  unz_file_info64 facts_{};
  std::string entry_;
  bool started_ = false;
  std::vector<char> block_ = std::vector<char>(std::size_t{1} << 18);
};

}  // namespace

std::map<std::string, std::string> read_zip(std::string_view bytes, const std::string& name,
                                            const std::function<bool(const std::string&)>& wanted,
                                            std::size_t max_entry_bytes) {
  ZipArchive archive(bytes, name);
  std::map<std::string, std::string> kept;
  std::size_t allowed_bytes = std::max(kAlwaysAllowedBytes, kLargestGrowth * bytes.size());
  while (archive.next()) {
    const std::string& entry = archive.entry();
    archive.read_entry(wanted(entry) ? &kept[entry] : nullptr, max_entry_bytes, allowed_bytes);
  }
  return kept;
}

}  // namespace soundfold::weights

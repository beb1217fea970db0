// SPDX-License-Identifier: Apache-2.0
#include "weights/zip_reader.h"

#include "support/errors.h"
#include "support/files.h"
#include "text/text.h"
#include "weights/importing.h"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <memory>
#include <vector>

namespace soundfold::weights {
namespace {

/// A few bytes can unpack to gigabytes. LibTorch's archives are not compressed at all.
constexpr std::size_t kAlwaysAllowedBytes = 256'000'000;
constexpr std::size_t kLargestGrowth = 8;

using ArchiveReader = std::unique_ptr<archive, int (*)(archive*)>;

[[noreturn]] void fail(archive* reader, const std::string& name, const std::string& doing) {
  const char* reason = archive_error_string(reader);
  throw DataError(name + ": " + doing + ": " + (reason == nullptr ? "unknown reason" : shown(reason)));
}

ArchiveReader open_zip(std::string_view bytes, const std::string& name) {
  ArchiveReader reader(archive_read_new(), archive_read_free);
  if (!reader) throw DataError(name + ": libarchive could not create a reader (out of memory)");
  // The seekable reader goes by the table at the end of the file, so it finds an archive that follows other bytes.
  archive_read_support_format_zip_seekable(reader.get());
  if (archive_read_open_memory(reader.get(), bytes.data(), bytes.size()) != ARCHIVE_OK) {
    fail(reader.get(), name, "the zip archive in it cannot be opened");
  }
  return reader;
}

/// Reads the current entry, appends its bytes to `keep` when that is not null, and takes them from `allowed_bytes`.
void read_entry(archive* reader, const std::string& name, const std::string& entry, std::string* keep,
                std::size_t max_bytes, std::size_t& allowed_bytes) {
  std::vector<char> block(std::size_t{1} << 18);
  while (true) {
    const la_ssize_t count = archive_read_data(reader, block.data(), block.size());
    if (count < 0) fail(reader, name, "its part '" + entry + "' is damaged");
    if (count == 0) return;
    if (static_cast<std::size_t>(count) > allowed_bytes) {
      throw DataError(name + ": its parts unpack to far more than the archive holds; it is damaged or malicious");
    }
    allowed_bytes -= static_cast<std::size_t>(count);
    if (keep == nullptr) continue;
    if (keep->size() + static_cast<std::size_t>(count) > max_bytes) {
      throw DataError(name + ": its part '" + entry + "' is larger than the " + human_size(max_bytes) + " allowed");
    }
    keep->append(block.data(), static_cast<std::size_t>(count));
  }
}

}  // namespace

std::map<std::string, std::string> read_zip(std::string_view bytes, const std::string& name,
                                            const std::function<bool(const std::string&)>& wanted,
                                            std::size_t max_entry_bytes) {
  const ArchiveReader reader = open_zip(bytes, name);
  std::map<std::string, std::string> kept;
  std::size_t allowed_bytes = std::max(kAlwaysAllowedBytes, kLargestGrowth * bytes.size());
  archive_entry* header = nullptr;
  int status = ARCHIVE_OK;
  while ((status = archive_read_next_header(reader.get(), &header)) == ARCHIVE_OK) {
    const char* path = archive_entry_pathname(header);
    const std::string entry = path == nullptr ? "" : path;
    read_entry(reader.get(), name, shown(entry), wanted(entry) ? &kept[entry] : nullptr, max_entry_bytes,
               allowed_bytes);
  }
  if (status != ARCHIVE_EOF) fail(reader.get(), name, "the zip archive in it cannot be read");
  return kept;
}

}  // namespace soundfold::weights

// SPDX-License-Identifier: Apache-2.0
#include "assets/internal/unpack.h"

#include "support/errors.h"
#include "support/files.h"
#include "support/interrupt.h"
#include "support/progress.h"

#include <archive.h>
#include <archive_entry.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>
#include <utility>
#include <vector>

namespace soundfold::assets {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kUnpackBlockBytes = 256 * 1024;

/// One archive being unpacked into one folder.
class Unpacker {
 public:
  Unpacker(fs::path file, fs::path folder, const Unpack& limits)
      : file_(std::move(file)), folder_(std::move(folder)), limits_(limits), block_(kUnpackBlockBytes) {}

  void run() {
    if (!reader_) throw std::bad_alloc();
    archive_read_support_format_zip(reader_.get());
    if (archive_read_open_filename(reader_.get(), file_.c_str(), kUnpackBlockBytes) != ARCHIVE_OK) fail(library_text());
    Progress progress("unpacking " + file_.filename().string(), static_cast<std::int64_t>(fs::file_size(file_)),
                      "bytes");
    std::int64_t read_bytes = 0;  ///< of the archive
    archive_entry* entry = nullptr;
    for (int status = 0; (status = archive_read_next_header(reader_.get(), &entry)) != ARCHIVE_EOF;) {
      // A warning at a header is about how a name is written in another character set; the bytes are there.
      if (status != ARCHIVE_OK && status != ARCHIVE_WARN) fail("it is damaged: " + library_text());
      if (++entries_ > limits_.max_entries)
        fail("it holds more than the " + std::to_string(limits_.max_entries) + " entries allowed");
      unpack_entry(entry);
      const std::int64_t now = archive_filter_bytes(reader_.get(), -1);
      progress.set_note(std::to_string(entries_) + " files");
      progress.advance(now - read_bytes);
      read_bytes = now;
    }
    if (entries_ == 0) fail("it is empty");
  }

 private:
  [[noreturn]] void fail(const std::string& text) const {
    throw DataError("cannot unpack " + file_.string() + ": " + text);
  }

  std::string library_text() const {
    const char* text = archive_error_string(reader_.get());
    return text == nullptr ? "no details" : text;
  }

  /// The entry's path below the folder, empty when all of it is stripped. Throws for names that could leave the folder.
  fs::path safe_path(const fs::path& name, const std::string& shown) const {
    if (name.is_absolute()) fail(shown + "has an absolute path");
    fs::path kept;
    int dropped = 0;
    for (const auto& part : name) {
      if (part == "..") fail(shown + "leaves the folder");
      if (part.empty() || part == ".") continue;
      if (dropped++ >= limits_.strip_components) kept /= part;
    }
    return kept;
  }

  void unpack_entry(archive_entry* entry) {
    const char* name = archive_entry_pathname(entry);
    if (name == nullptr) name = archive_entry_pathname_utf8(entry);
    if (name == nullptr || *name == '\0') fail("an entry has no readable name");
    const std::string shown = "entry '" + std::string(name) + "' ";
    const fs::path inner = safe_path(name, shown);
    if (archive_entry_is_encrypted(entry) != 0) fail(shown + "is encrypted");
    const auto type = archive_entry_filetype(entry);
    if (archive_entry_hardlink(entry) != nullptr || (type != AE_IFREG && type != AE_IFDIR))
      fail(shown + "is a link or a device; only files and folders are allowed");
    if (inner.empty()) return;
    const fs::path target = folder_ / inner;
    make_folder(type == AE_IFDIR ? target : target.parent_path());
    if (type == AE_IFDIR) return;
    // What an entry claims is checked before, and what it really holds while, it is unpacked.
    if (archive_entry_size_is_set(entry) != 0 && archive_entry_size(entry) > 0)
      check_total(total_bytes_ + static_cast<std::uintmax_t>(archive_entry_size(entry)));
    write_file(target, shown);
  }

  void check_total(std::uintmax_t bytes) const {
    if (bytes > limits_.max_bytes) fail("it unpacks to more than the " + human_size(limits_.max_bytes) + " allowed");
  }

  void write_file(const fs::path& target, const std::string& shown) {
    if (fs::exists(fs::symlink_status(target))) fail(shown + "appears twice");
    std::ofstream out(target, std::ios::binary);
    if (!out) throw DataError("cannot create " + target.string() + ": " + std::strerror(errno));
    for (;;) {
      throw_if_interrupted("interrupted while unpacking " + file_.string() + "; run the same command again");
      const la_ssize_t got = archive_read_data(reader_.get(), block_.data(), block_.size());
      if (got < 0) fail(shown + "is damaged: " + library_text());
      if (got == 0) break;
      total_bytes_ += static_cast<std::uintmax_t>(got);
      check_total(total_bytes_);
      if (!out.write(block_.data(), got)) break;
    }
    if (out) out.close();
    if (!out) throw DataError("cannot write " + target.string() + ": " + std::strerror(errno));
  }

  fs::path file_;
  fs::path folder_;
  Unpack limits_;
  std::vector<char> block_;
  std::unique_ptr<archive, int (*)(archive*)> reader_{archive_read_new(), archive_read_free};
  std::uintmax_t entries_ = 0;
  std::uintmax_t total_bytes_ = 0;
};

}  // namespace

void unpack_zip(const fs::path& archive, const fs::path& folder, const Unpack& limits) {
  make_folder(folder);
  Unpacker(archive, folder, limits).run();
}

}  // namespace soundfold::assets

// SPDX-License-Identifier: Apache-2.0
#include "tar_shards/tar_reader.h"

#include "support/errors.h"
#include "support/file_state.h"
#include "support/files.h"
#include "tar_shards/member_names.h"
#include "text/text.h"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <exception>
#include <fstream>
#include <new>
#include <utility>
#include <vector>

namespace soundfold::tar_shards {
namespace {

constexpr std::size_t kTarBlockBytes = 65'536;
constexpr std::size_t kFirstBytes = 1'000'000;  ///< of a member, that memory is taken for at first
constexpr std::int64_t kTarRecordBytes = 512;   ///< headers, members and the end mark fill up records of this size
constexpr std::int64_t kMostEntryBytes = std::int64_t{1} << 50;  ///< no tar has more; sums of it do not overflow

}  // namespace

struct TarReader::Impl {
  std::string name;
  Source source;
  std::function<bool(const std::string&)> wanted;
  std::vector<char> block = std::vector<char>(kTarBlockBytes);
  std::exception_ptr failure;  ///< of the source
  std::unique_ptr<archive, int (*)(archive*)> reader{archive_read_new(), archive_read_free};
  std::int64_t member_end = 0;  ///< of the last one, filled up to whole records
  std::int64_t members = 0;     ///< of all kinds

  static la_ssize_t on_read(archive* reader, void* self, const void** bytes) noexcept {
    auto& impl = *static_cast<Impl*>(self);
    try {
      *bytes = impl.block.data();
      return static_cast<la_ssize_t>(impl.source(impl.block.data(), impl.block.size()));
    } catch (...) {
      impl.failure = std::current_exception();
      archive_set_error(reader, EIO, "cannot be read");
      return ARCHIVE_FATAL;
    }
  }

  void open() {
    if (!reader) throw std::bad_alloc();
    // By name: to support "all" would be to run programs for rare compressions.
    archive_read_support_format_tar(reader.get());
    archive_read_support_filter_gzip(reader.get());
    archive_read_support_filter_zstd(reader.get());
    archive_read_support_filter_bzip2(reader.get());
    archive_read_support_filter_xz(reader.get());
    if (archive_read_open(reader.get(), this, nullptr, on_read, nullptr) != ARCHIVE_OK) fail();
  }

  /// Of the tar, after what compresses it.
  std::int64_t position() const { return archive_filter_bytes(reader.get(), 0); }

  [[noreturn]] void fail_with(const std::string& problem) const {
    throw DataError(name + ": " + problem + " (at byte " + grouped(position()) + " of the tar, after " +
                    grouped(members) + (members == 1 ? " member)" : " members)"));
  }

  [[noreturn]] void fail() const {
    if (failure) std::rethrow_exception(failure);
    const char* said = archive_error_string(reader.get());
    const std::string text = said == nullptr ? "no details" : shown(said);
    if (members == 0 && position() == 0) throw DataError(name + ": is no tar (" + text + ")");
    const bool truncated = lower_case(text).find("truncated") != std::string::npos;
    fail_with(truncated ? "is truncated" : "is damaged: " + text);
  }

  /// libarchive takes the end of the bytes between two members for the end of the tar.
  void check_end_mark() const {
    if (position() - member_end < kTarRecordBytes) fail_with("is truncated: its end mark is missing");
  }

  TarMember read_member(archive_entry* entry, const std::string& member) const {
    TarMember result{member, {}, {}};
    if (archive_entry_hardlink(entry) != nullptr || archive_entry_filetype(entry) != AE_IFREG) {
      result.problem = "is a link or a device in the tar; only files are read";
    } else if (archive_entry_size(entry) > kMostMemberBytes) {
      result.problem = "is larger than the " + human_size(kMostMemberBytes) + " that a member of a tar may have";
    }
    if (!result.problem.empty()) return result;
    const auto size = static_cast<std::size_t>(archive_entry_size(entry));
    for (std::size_t done = 0; done < size;) {
      // No more than twice what is there: a header may say anything.
      if (done == result.bytes.size()) result.bytes.resize(std::min(size, std::max(kFirstBytes, 2 * done)));
      const la_ssize_t got = archive_read_data(reader.get(), result.bytes.data() + done, result.bytes.size() - done);
      if (got <= 0) fail();
      done += static_cast<std::size_t>(got);
    }
    return result;
  }

  std::optional<TarMember> next() {
    archive_entry* entry = nullptr;
    for (int status = 0; (status = archive_read_next_header(reader.get(), &entry)) != ARCHIVE_EOF;) {
      // A warning at a header is about how a name is written in another character set; the bytes are there.
      if (status != ARCHIVE_OK && status != ARCHIVE_WARN) fail();
      if (archive_entry_size(entry) < 0 || archive_entry_size(entry) > kMostEntryBytes) {
        fail_with("is damaged: a member has an impossible size");
      }
      const std::int64_t filled = (archive_entry_size(entry) + kTarRecordBytes - 1) / kTarRecordBytes * kTarRecordBytes;
      member_end = archive_entry_sparse_count(entry) > 0 ? 0 : position() + filled;
      ++members;
      const char* raw = archive_entry_pathname(entry);
      if (raw == nullptr) raw = archive_entry_pathname_utf8(entry);
      if (raw == nullptr) fail_with("a member has no readable name");
      if (archive_entry_filetype(entry) == AE_IFDIR) continue;
      const std::string member = checked_member_name(name, raw);
      if (wanted(member)) return read_member(entry, member);
    }
    check_end_mark();
    return std::nullopt;
  }
};

TarReader::TarReader(std::string name, Source source, std::function<bool(const std::string&)> wanted)
    : impl_(std::make_unique<Impl>()) {
  impl_->name = std::move(name);
  impl_->source = std::move(source);
  impl_->wanted = std::move(wanted);
  impl_->open();
}

TarReader::~TarReader() = default;

std::optional<TarMember> TarReader::next() {
  return impl_->next();
}

TarReader::Source file_source(const std::string& path) {
  file_state(path);  // throws for a folder, a FIFO and what is missing
  const auto file = std::make_shared<std::ifstream>(path, std::ios::binary);
  if (!*file) throw DataError("cannot open " + path + ": " + std::strerror(errno));
  return [file, path](char* bytes, std::size_t count) {
    file->read(bytes, static_cast<std::streamsize>(count));
    if (file->bad()) throw DataError("cannot read " + path + ": " + std::strerror(errno));
    return static_cast<std::size_t>(file->gcount());
  };
}

}  // namespace soundfold::tar_shards

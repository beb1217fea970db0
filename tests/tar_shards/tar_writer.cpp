// SPDX-License-Identifier: Apache-2.0
#include "tar_shards/tar_writer.h"

#include <archive.h>
#include <archive_entry.h>

#include <memory>
#include <stdexcept>

namespace soundfold::testing {
namespace {

la_ssize_t append_bytes(archive* /*writer*/, void* text, const void* bytes, std::size_t count) {
  static_cast<std::string*>(text)->append(static_cast<const char*>(bytes), count);
  return static_cast<la_ssize_t>(count);
}

void expect_ok(int status, archive* writer) {
  if (status != ARCHIVE_OK) throw std::runtime_error(std::string("cannot make a tar: ") + archive_error_string(writer));
}

}  // namespace

std::string tar_of(const Members& members, TarFilter filter) {
  std::string bytes;
  const std::unique_ptr<archive, int (*)(archive*)> writer(archive_write_new(), archive_write_free);
  archive_write_set_format_gnutar(writer.get());
  if (filter == TarFilter::gzip) archive_write_add_filter_gzip(writer.get());
  if (filter == TarFilter::zstd) archive_write_add_filter_zstd(writer.get());
  archive_write_set_bytes_in_last_block(writer.get(), 1);
  expect_ok(archive_write_open(writer.get(), &bytes, nullptr, append_bytes, nullptr), writer.get());
  for (const auto& [name, content] : members) {
    const std::unique_ptr<archive_entry, void (*)(archive_entry*)> entry(archive_entry_new(), archive_entry_free);
    const bool is_link = content.rfind("-> ", 0) == 0;
    archive_entry_set_pathname(entry.get(), name.c_str());
    archive_entry_set_perm(entry.get(), 0644);
    archive_entry_set_filetype(entry.get(), is_link ? AE_IFLNK : name.back() == '/' ? AE_IFDIR : AE_IFREG);
    if (is_link) archive_entry_set_symlink(entry.get(), content.substr(3).c_str());
    archive_entry_set_size(entry.get(), is_link ? 0 : static_cast<la_int64_t>(content.size()));
    expect_ok(archive_write_header(writer.get(), entry.get()), writer.get());
    if (!is_link) archive_write_data(writer.get(), content.data(), content.size());
  }
  expect_ok(archive_write_close(writer.get()), writer.get());
  return bytes;
}

}  // namespace soundfold::testing

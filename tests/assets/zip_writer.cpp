// SPDX-License-Identifier: Apache-2.0
#include "assets/zip_writer.h"

#include <archive.h>
#include <archive_entry.h>

#include <stdexcept>

namespace soundfold::testing {

void write_zip(const std::filesystem::path& path, const std::vector<ZipEntry>& entries) {
  archive* writer = archive_write_new();
  archive_write_set_format_zip(writer);
  bool good = archive_write_open_filename(writer, path.c_str()) == ARCHIVE_OK;
  for (const auto& entry : entries) {
    archive_entry* header = archive_entry_new();
    archive_entry_set_pathname(header, entry.name.c_str());
    archive_entry_set_perm(header, 0644);
    if (entry.link_target.empty()) {
      archive_entry_set_filetype(header, entry.name.back() == '/' ? AE_IFDIR : AE_IFREG);
      archive_entry_set_size(header, static_cast<la_int64_t>(entry.content.size()));
    } else {
      archive_entry_set_filetype(header, AE_IFLNK);
      archive_entry_set_symlink(header, entry.link_target.c_str());
    }
    good = good && archive_write_header(writer, header) == ARCHIVE_OK;
    const auto size = static_cast<la_ssize_t>(entry.content.size());
    good = good && archive_write_data(writer, entry.content.data(), entry.content.size()) == size;
    archive_entry_free(header);
  }
  good = archive_write_close(writer) == ARCHIVE_OK && good;
  archive_write_free(writer);
  if (!good) throw std::runtime_error("the test could not write " + path.string());
}

}  // namespace soundfold::testing

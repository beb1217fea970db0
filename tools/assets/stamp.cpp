// SPDX-License-Identifier: Apache-2.0
#include "assets/stamp.h"

#include "support/errors.h"
#include "support/file_state.h"
#include "support/files.h"
#include "support/hashing.h"
#include "support/interrupt.h"
#include "support/logging.h"
#include "support/progress.h"
#include "text/csv.h"

namespace soundfold {
namespace fs = std::filesystem;
namespace {

/// Fills size and state, and no digest. Throws DataError when there is no such regular file.
Stamp::Entry look_at(const fs::path& path) {
  const std::int64_t now = now_ns();
  const FileState state = file_state(path);
  return {state.size, recently_changed(state, now) ? "" : state.text(), ""};
}

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + "\"";
}

}  // namespace

Stamp Stamp::read(const fs::path& path, const std::string& expectation) {
  Stamp stamp;
  stamp.expectation_ = hash_bytes(HashKind::xxh3_128, expectation);
  if (!fs::exists(path)) return stamp;
  try {
    const CsvTable table = CsvTable::read(path);
    for (std::size_t row = 0; row < table.row_count(); ++row) {
      if (table.at(row, "expectation") != stamp.expectation_) {
        stamp.entries_.clear();
        return stamp;
      }
      stamp.entries_[table.at(row, "path")] = {static_cast<std::uintmax_t>(table.integer_at(row, "size_bytes")),
                                               table.at(row, "state"), table.at(row, "xxh3_128")};
    }
  } catch (const DataError& error) {
    // A stamp only saves time: without it the files are read again.
    spdlog::debug("ignoring a damaged record of what was verified: {}", error.what());
    stamp.entries_.clear();
  }
  return stamp;
}

Stamp Stamp::take(const fs::path& root, const std::vector<std::string>& files, const std::string& expectation,
                  const std::string& what) {
  Stamp stamp;
  stamp.expectation_ = hash_bytes(HashKind::xxh3_128, expectation);
  Progress progress("checking " + what, static_cast<std::int64_t>(files.size()), "files");
  for (const auto& file : files) {
    throw_if_interrupted("interrupted while checking " + what + "; run the same command again");
    const fs::path path = file.empty() ? root : root / file;
    Entry entry = look_at(path);
    entry.digest = hash_file(HashKind::xxh3_128, path);
    stamp.entries_[file] = std::move(entry);
    progress.advance();
  }
  return stamp;
}

void Stamp::write(const fs::path& path) const {
  std::string text = "path,size_bytes,state,xxh3_128,expectation\n";
  for (const auto& [file, entry] : entries_) {
    text += quoted(file) + "," + std::to_string(entry.size_bytes) + "," + entry.state + "," + entry.digest + "," +
            expectation_ + "\n";
  }
  write_file_atomically(path, text);
}

std::uintmax_t Stamp::total_bytes() const {
  std::uintmax_t sum = 0;
  for (const auto& [file, entry] : entries_) sum += entry.size_bytes;
  return sum;
}

std::string Stamp::first_difference(const fs::path& root, bool read_all, bool& touched) {
  for (auto& [file, recorded] : entries_) {
    throw_if_interrupted("interrupted while checking; run the same command again");
    const fs::path path = file.empty() ? root : root / file;
    if (!fs::is_regular_file(path)) return path.string();
    const Entry now = look_at(path);
    if (now.size_bytes != recorded.size_bytes) return path.string();
    if (!now.state.empty() && now.state == recorded.state && !read_all) continue;
    if (hash_file(HashKind::xxh3_128, path) != recorded.digest) return path.string();
    touched = touched || now.state != recorded.state;
    recorded.state = now.state;
  }
  return "";
}

}  // namespace soundfold

// SPDX-License-Identifier: Apache-2.0
#include "packing.h"
#include "promise.h"
#include "tar_shards/labels.h"
#include "tar_shards/member_names.h"
#include "tar_shards/tar_reader.h"
#include "targets.h"
#include "text/csv.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace soundfold::fuzz {
namespace {

constexpr std::size_t kMostTarBytes = 4'000'000;
// Places in the header of a member (POSIX.1-1988, ustar): its size and its checksum, in octal digits.
constexpr std::size_t kRecordBytes = 512;
constexpr std::size_t kSizeAt = 124, kSizeDigits = 12, kChecksumAt = 148, kChecksumBytes = 8;

/// Writes the checksum of every header, so that what lies behind it is reached.
void sign(std::string& tar) {
  for (std::size_t at = 0; at + kRecordBytes <= tar.size();) {
    if (tar[at] == '\0') return;  // the end mark
    tar.replace(at + kChecksumAt, kChecksumBytes, kChecksumBytes, ' ');
    unsigned sum = 0;
    for (std::size_t i = at; i < at + kRecordBytes; ++i) sum += static_cast<unsigned char>(tar[i]);
    std::snprintf(tar.data() + at + kChecksumAt, kChecksumBytes, "%06o", sum);
    const std::size_t size = std::strtoul(tar.substr(at + kSizeAt, kSizeDigits).c_str(), nullptr, 8);
    if (size > tar.size()) return;
    at += kRecordBytes + (size + kRecordBytes - 1) / kRecordBytes * kRecordBytes;
  }
}

void check_csv(const tar_shards::TarLabels& labels, const std::vector<std::string>& sounds) {
  const CsvTable table = CsvTable::parse("path,label\n" + labels.csv_lines(), "labels.csv");
  require(table.row_count() == sounds.size(), "not a row for each sound");
  std::int64_t without = 0;
  for (std::size_t row = 0; row < sounds.size(); ++row) {
    require(table.at(row, "path") == "x.tar/" + sounds[row], "a sound's path reads back differently");
    without += table.at(row, "label").empty() ? 1 : 0;
  }
  require(without == labels.without_label(), "labels that are lost");
}

void read_tar(const std::string& tar) {
  std::size_t given = 0;
  const auto source = [&](char* bytes, std::size_t count) {
    const std::size_t copied = tar.copy(bytes, count, given);
    given += copied;
    return copied;
  };
  const auto wanted = [](const std::string& member) {
    return tar_shards::is_sound_member(member) || tar_shards::is_label_member(member);
  };
  tar_shards::TarReader reader("x.tar", source, wanted);
  tar_shards::TarLabels labels("x.tar");
  std::vector<std::string> sounds;
  while (const auto member = reader.next()) {
    require(wanted(member->name), "a member that was not asked for");
    require(member->name.front() != '/' && member->name.rfind("../", 0) != 0, "a member outside of the tar");
    require(member->problem.empty() || member->bytes.empty(), "bytes of a member that has a problem");
    if (tar_shards::is_sound_member(member->name)) {
      sounds.push_back(member->name);
      labels.add_sound(member->name);
    } else if (member->problem.empty()) {
      accepted([&] { labels.add_label(member->name, member->bytes); });
    }
  }
  const bool reads_back = accepted([&] { check_csv(labels, sounds); });
  require(reads_back, "a CSV of labels that is refused");
}

}  // namespace

/// Bits of the first byte: write the headers' checksums. The rest is a packed tar, and the text of a label.
void try_tar(const std::uint8_t* bytes, std::size_t count) {
  if (count == 0) return;
  const std::string_view rest(reinterpret_cast<const char*>(bytes) + 1, count - 1);
  std::string tar = unpacked(rest, kMostTarBytes);
  if ((bytes[0] & 1) != 0) sign(tar);
  accepted([&] { read_tar(tar); }, true);
  for (const char* name : {"1.json", "1.txt"}) {
    accepted([&] {
      const std::string label = tar_shards::label_in(name, std::string(rest));
      require(label.find('\n') == std::string::npos, "a label of several lines");
    });
  }
}

}  // namespace soundfold::fuzz

// SPDX-License-Identifier: Apache-2.0
#include "yamnet/archive.h"

#include "support/errors.h"
#include "support/files.h"
#include "text/json_depth.h"
#include "weights/zip_reader.h"

#include <map>
#include <utility>

namespace soundfold::yamnet {
namespace {

constexpr std::size_t kMaxExtraBytes = 100'000'000;

/// Whether the archive's `entry` was saved under `name`; the archive's own folder comes before it.
bool is_extra(const std::string& entry, const std::string& name) {
  const std::string end = "/extra/" + name;
  return entry.size() > end.size() && entry.compare(entry.size() - end.size(), end.size(), end) == 0;
}

/// The one entry of that name: of several nobody knows which one another reader takes.
std::string only_extra(std::map<std::string, std::string>& entries, const std::string& name) {
  std::string* found = nullptr;
  for (auto& [entry, bytes] : entries) {
    if (!is_extra(entry, name)) continue;
    if (found != nullptr) return "";
    found = &bytes;
  }
  return found == nullptr ? "" : std::move(*found);
}

}  // namespace

Archive read_archive(const std::filesystem::path& path, std::uintmax_t max_bytes, const std::string& advice) {
  Archive archive{path.string(), read_file(path, max_bytes), {}, {}};
  if (archive.bytes.compare(0, 2, "PK") != 0) {
    throw DataError(archive.name + ": not a TorchScript file (a zip archive); " + advice);
  }
  const auto wanted = [](const std::string& entry) {
    return is_extra(entry, kMetadataEntry) || is_extra(entry, kQuantizationEntry);
  };
  auto entries = weights::read_zip(archive.bytes, archive.name, wanted, kMaxExtraBytes);
  archive.metadata = only_extra(entries, kMetadataEntry);
  archive.quantization = only_extra(entries, kQuantizationEntry);
  if (nested_deeper_than(archive.metadata)) {
    throw DataError(archive.name + ": its " + kMetadataEntry + " is nested too deeply");
  }
  return archive;
}

}  // namespace soundfold::yamnet

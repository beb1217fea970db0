// SPDX-License-Identifier: Apache-2.0
#include "yamnet/archive.h"

#include "support/errors.h"
#include "support/files.h"
#include "support/hashing.h"
#include "text/json_depth.h"
#include "weights/zip_reader.h"

#include <map>
#include <utility>

namespace soundfold::yamnet {
namespace {

constexpr std::size_t kMaxExtraBytes = 100'000'000;

bool ends_with(const std::string& entry, const std::string& end) {
  return entry.size() > end.size() && entry.compare(entry.size() - end.size(), end.size(), end) == 0;
}

/// Whether the archive's `entry` was saved under `name`; the archive's own folder comes before it.
bool is_extra(const std::string& entry, const std::string& name) {
  return ends_with(entry, "/extra/" + name);
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

[[noreturn]] void refuse_saved_tensors(const std::string& name, const std::string& advice) {
  throw DataError(name +
                  ": not a TorchScript file, but one of torch.save, which has no code in it; in Python, "
                  "torch.jit.script(model).save(FILE) writes one; " +
                  advice);
}

}  // namespace

Archive read_archive(const std::filesystem::path& path, std::uintmax_t max_bytes, const std::string& advice) {
  std::error_code failed;
  if (!std::filesystem::exists(path, failed)) throw DataError(path.string() + ": no such file; " + advice);
  Archive archive{path.string(), read_file(path, max_bytes), {}, {}};
  if (archive.bytes.compare(0, 2, "\x80\x02") == 0) refuse_saved_tensors(archive.name, advice);  // before PyTorch 1.6
  if (archive.bytes.compare(0, 2, "PK") != 0) {
    throw DataError(archive.name + ": not a TorchScript file (a zip archive); " + advice);
  }
  bool scripted = false, pickled = false;  // torch.save writes a zip archive of a pickle too
  const auto wanted = [&](const std::string& entry) {
    scripted = scripted || ends_with(entry, "/constants.pkl");
    pickled = pickled || ends_with(entry, "/data.pkl");
    return is_extra(entry, kMetadataEntry) || is_extra(entry, kQuantizationEntry);
  };
  auto entries = weights::read_zip(archive.bytes, archive.name, wanted, kMaxExtraBytes);
  if (pickled && !scripted) refuse_saved_tensors(archive.name, advice);
  archive.metadata = only_extra(entries, kMetadataEntry);
  archive.quantization = only_extra(entries, kQuantizationEntry);
  if (nested_deeper_than(archive.metadata)) {
    throw DataError(archive.name + ": its " + kMetadataEntry + " is nested too deeply");
  }
  return archive;
}

std::string torchscript_digest_of(const std::string& metadata) {
  return hash_bytes(HashKind::xxh3_128, metadata);
}

}  // namespace soundfold::yamnet

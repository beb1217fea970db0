#include "deploy/file_kind.h"

#include "deploy/archive.h"
#include "support/errors.h"
#include "support/files.h"
#include "yamnet/zip_reader.h"

namespace soundfold::deploy {
namespace {

constexpr std::uintmax_t kMaxFileBytes = 4'000'000'000;
constexpr std::size_t kMaxMetadataBytes = 100'000'000;

bool is_metadata(const std::string& entry) {
  const std::string end = std::string("/extra/") + kMetadataEntry;
  return entry.size() > end.size() && entry.compare(entry.size() - end.size(), end.size(), end) == 0;
}

}  // namespace

FileKind file_kind(const std::filesystem::path& path) {
  const auto entries = yamnet::read_zip(read_file(path, kMaxFileBytes), path.string(), is_metadata, kMaxMetadataBytes);
  const auto json = entries.empty() ? nlohmann::json() : nlohmann::json::parse(entries.begin()->second, nullptr, false);
  const std::string kind = json.is_object() && json.contains("kind") && json["kind"].is_string() ? json["kind"] : "";
  if (kind == kModelKind) return FileKind::model;
  if (kind == "soundfold yamnet") return FileKind::yamnet;
  throw DataError(path.string() + ": neither a model.pt that trainer wrote nor a yamnet.pt that importer wrote");
}

}  // namespace soundfold::deploy

// SPDX-License-Identifier: Apache-2.0
#include "deploy/internal/file_kind.h"

#include "deploy/internal/archive.h"
#include "support/files.h"

namespace soundfold::deploy {

FileKind file_kind(const std::filesystem::path& path) {
  const auto json = parse_json(metadata_text(read_file(path, kMaxModelBytes), path.string()), path.string());
  const std::string kind = json.is_object() && json.contains("kind") && json["kind"].is_string() ? json["kind"] : "";
  if (kind == kModelKind) return FileKind::model;
  if (kind == "soundfold yamnet") return FileKind::yamnet;
  return FileKind::foreign;
}

}  // namespace soundfold::deploy

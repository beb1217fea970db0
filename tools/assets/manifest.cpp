// SPDX-License-Identifier: Apache-2.0
#include "assets/manifest.h"

#include "support/errors.h"
#include "support/files.h"
#include "text/text.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <utility>

namespace soundfold::assets {
namespace fs = std::filesystem;
namespace {

/// One mapping of the manifest, with what is needed to point at it in a message.
class Section {
 public:
  /// Throws UsageError when `node` is no mapping or has a key that is not in `allowed`.
  Section(const YAML::Node& node, std::string file, std::string label, const std::vector<std::string>& allowed)
      : node_(node), file_(std::move(file)), label_(std::move(label)) {
    if (!node_.IsMap()) fail(node_, "must be a mapping of keys to values");
    for (const auto& entry : node_) {
      const std::string key = entry.first.IsScalar() ? entry.first.Scalar() : "(not a word)";
      if (std::find(allowed.begin(), allowed.end(), key) == allowed.end())
        fail(entry.first, "unknown key '" + key + "'; allowed: " + join(allowed));
    }
  }

  [[noreturn]] void fail(const YAML::Node& at, const std::string& text) const {
    const int line = at.Mark().line;
    throw UsageError(file_ + (line >= 0 ? ", line " + std::to_string(line + 1) : "") + ": " + label_ + ": " + text);
  }

  bool has(const std::string& key) const { return node_[key].IsDefined(); }

  YAML::Node node(const std::string& key) const {
    if (!has(key)) fail(node_, "key '" + key + "' is missing");
    return node_[key];
  }

  Section inner(const std::string& key, const std::vector<std::string>& allowed) const {
    return Section(node(key), file_, label_ + ": " + key, allowed);
  }

  /// A text of characters from `alphabet` (empty: of any), of `length` characters (0: of any length).
  std::string text(const std::string& key, const std::string& alphabet = "", std::size_t length = 0) const {
    const YAML::Node value = node(key);
    if (!value.IsScalar() || value.Scalar().empty()) fail(value, "'" + key + "' must be a non-empty string");
    if (!alphabet.empty() && value.Scalar().find_first_not_of(alphabet) != std::string::npos)
      fail(value, "'" + key + "' is '" + value.Scalar() + "'; it may hold only the characters " + alphabet);
    if (length != 0 && value.Scalar().size() != length)
      fail(value, "'" + key + "' is '" + value.Scalar() + "'; it must have " + std::to_string(length) + " characters");
    return value.Scalar();
  }

  std::uintmax_t count(const std::string& key, std::uintmax_t fallback) const {
    if (!has(key)) return fallback;
    const std::string given = text(key, "0123456789");
    if (given.size() > 18) fail(node(key), "'" + key + "' is '" + given + "', which is too large");
    return std::stoull(given);
  }

  /// A relative path that stays in the folder that `whose` names.
  std::string path(const std::string& key, const YAML::Node& value, const std::string& whose) const {
    if (!value.IsScalar() || !stays_inside(value.Scalar()))
      fail(value, "'" + key + "' is '" + (value.IsScalar() ? value.Scalar() : "(not a string)") +
                      "'; it must be a relative path that does not leave " + whose);
    return fs::path(value.Scalar()).lexically_normal().string();
  }

 private:
  YAML::Node node_;
  std::string file_;
  std::string label_;
};

constexpr const char* kHexadecimal = "0123456789abcdefABCDEF";

Unpack read_unpack(const Section& section) {
  const std::string format = section.text("format");
  if (format != "zip") section.fail(section.node("format"), "'format' is '" + format + "'; only zip is supported");
  Unpack unpack;
  unpack.strip_components = static_cast<int>(std::min<std::uintmax_t>(section.count("strip_components", 0), 100));
  unpack.max_bytes = section.count("max_bytes", unpack.max_bytes);
  unpack.max_entries = section.count("max_entries", unpack.max_entries);
  return unpack;
}

Listing read_listing(const Section& section) {
  const std::string whose = "the asset's folder";
  return {section.path("table", section.node("table"), whose), section.text("column"),
          section.has("folder") ? section.path("folder", section.node("folder"), whose) : ".",
          section.has("full_md5") ? lower_case(section.text("full_md5", kHexadecimal, 32)) : ""};
}

void read_paths(const Section& section, Asset& asset) {
  asset.place = section.path("place", section.node("place"), "the data folder");
  // Such names are kept for work in progress.
  if (std::any_of(asset.place.begin(), asset.place.end(), [](const fs::path& part) { return part.string()[0] == '.'; }))
    section.fail(section.node("place"), "'place' may not hold a name that starts with a dot");
  if (!section.has("mirror")) asset.mirror = {asset.place};
  if (!section.has("mirror")) return;
  const YAML::Node list = section.node("mirror");
  if (!list.IsSequence() || list.size() == 0) section.fail(list, "'mirror' must be a list of relative paths");
  for (const auto& entry : list) asset.mirror.emplace_back(section.path("mirror", entry, "the mirror"));
}

Asset read_asset(const YAML::Node& node, const std::string& file, std::size_t index) {
  const YAML::Node name = node.IsMap() ? node["name"] : YAML::Node(YAML::NodeType::Undefined);
  const Section section(
      node, file,
      "asset " + (name.IsDefined() && name.IsScalar() ? "'" + name.Scalar() + "'" : std::to_string(index + 1)),
      {"name", "what", "url", "size_bytes", "sha256", "licence", "place", "mirror", "unpack", "complete"});
  Asset asset;
  asset.name = section.text("name", "abcdefghijklmnopqrstuvwxyz0123456789_");
  section.text("what");
  asset.url = section.text("url");
  asset.expected.size_bytes = section.count("size_bytes", 0);
  if (section.has("sha256")) asset.expected.sha256 = lower_case(section.text("sha256", kHexadecimal, 64));
  const Section licence = section.inner("licence", {"name", "holder"});
  asset.licence_name = licence.text("name");
  asset.licence_holder = licence.text("holder");
  read_paths(section, asset);
  if (section.has("unpack"))
    asset.unpack = read_unpack(section.inner("unpack", {"format", "strip_components", "max_bytes", "max_entries"}));
  if (!section.has("complete")) return asset;
  if (!asset.unpack)
    section.fail(section.node("complete"), "'complete' needs 'unpack': a single file is checked by its checksum");
  const Section complete = section.inner("complete", {"listing"});
  asset.listing = read_listing(complete.inner("listing", {"table", "column", "folder", "full_md5"}));
  return asset;
}

/// Two assets may not share a name or a place, nor may one lie inside another's folder.
void check_places(const std::vector<Asset>& assets, const std::string& file) {
  for (const auto& outer : assets) {
    for (const auto& inner : assets) {
      if (&inner == &outer) continue;
      if (inner.name == outer.name) throw UsageError(file + ": asset '" + inner.name + "' is listed twice");
      const auto [end, rest] =
          std::mismatch(outer.place.begin(), outer.place.end(), inner.place.begin(), inner.place.end());
      if (end != outer.place.end()) continue;
      throw UsageError(file + ": asset '" + inner.name + "': 'place' is '" + inner.place.string() + "', which asset '" +
                       outer.name + "' takes; every asset needs its own place");
    }
  }
}

}  // namespace

bool stays_inside(const fs::path& path) {
  if (path.empty() || path.is_absolute() || path.string().find('\0') != std::string::npos) return false;
  if (std::find(path.begin(), path.end(), "..") != path.end()) return false;
  return path.lexically_normal() != ".";
}

const Asset& Manifest::find(const std::string& name) const {
  std::vector<std::string> known;
  for (const auto& asset : assets) {
    if (asset.name == name) return asset;
    known.push_back(asset.name);
  }
  throw UsageError("there is no asset '" + name + "'; the manifest knows " + join(known));
}

Manifest read_manifest(const fs::path& path) {
  const std::string file = path.string();
  if (!fs::is_regular_file(path)) throw UsageError("manifest " + file + ": no such file; give one with --manifest");
  YAML::Node list;
  try {
    const Section root(YAML::Load(read_file(path, 1'000'000)), file, "manifest", {"assets"});
    list = root.node("assets");
  } catch (const YAML::ParserException& error) {
    throw UsageError(file + ", line " + std::to_string(error.mark.line + 1) + ": not valid YAML: " + error.msg);
  }
  if (!list.IsSequence() || list.size() == 0)
    throw UsageError(file + ": key 'assets' must be a list with at least one asset");
  Manifest manifest;
  for (std::size_t i = 0; i < list.size(); ++i) manifest.assets.push_back(read_asset(list[i], file, i));
  check_places(manifest.assets, file);
  return manifest;
}

}  // namespace soundfold::assets

// SPDX-License-Identifier: Apache-2.0
#include "assets/manifest.h"

#include "support/errors.h"
#include "support/files.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <set>

namespace soundfold {
namespace fs = std::filesystem;
namespace {

/// One mapping of the manifest, with what is needed to point at it in a message.
class Section {
 public:
  Section(const YAML::Node& node, std::string file, std::string label)
      : node_(node), file_(std::move(file)), label_(std::move(label)) {
    if (!node_.IsMap()) fail(node_, "must be a mapping of keys to values");
  }

  [[noreturn]] void fail(const YAML::Node& at, const std::string& text) const {
    const int line = at.Mark().line;
    throw UsageError(file_ + (line >= 0 ? ", line " + std::to_string(line + 1) : "") + ": " + label_ + ": " + text);
  }

  void allow_only(const std::vector<std::string>& keys) const {
    for (const auto& entry : node_) {
      const std::string key = entry.first.IsScalar() ? entry.first.Scalar() : "(not a word)";
      if (std::find(keys.begin(), keys.end(), key) != keys.end()) continue;
      std::string allowed;
      for (const auto& name : keys) allowed += (allowed.empty() ? "" : ", ") + name;
      fail(entry.first, "unknown key '" + key + "'; allowed: " + allowed);
    }
  }

  bool has(const std::string& key) const { return node_[key].IsDefined(); }
  YAML::Node node(const std::string& key) const { return node_[key]; }

  /// A scalar's text; throws when it is missing and there is no `fallback`.
  std::string text(const std::string& key, const char* fallback = nullptr) const {
    const YAML::Node value = node_[key];
    if (!value.IsDefined()) {
      if (fallback != nullptr) return fallback;
      fail(node_, "key '" + key + "' is missing");
    }
    if (!value.IsScalar() || value.Scalar().empty()) fail(value, "'" + key + "' must be a non-empty string");
    return value.Scalar();
  }

  std::uintmax_t count(const std::string& key, std::uintmax_t fallback, std::uintmax_t lowest = 1) const {
    if (!has(key)) return fallback;
    const std::string given = text(key);
    if (given.size() > 18 || given.find_first_not_of("0123456789") != std::string::npos ||
        std::stoull(given) < lowest) {
      fail(node_[key],
           "'" + key + "' is '" + given + "'; it must be a whole number from " + std::to_string(lowest) + " up");
    }
    return std::stoull(given);
  }

  /// A lower-case hexadecimal digest of `digits` digits, or empty.
  std::string digest(const std::string& key, std::size_t digits) const {
    std::string given = text(key, "");
    if (given.empty()) return given;
    std::transform(given.begin(), given.end(), given.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (given.size() != digits || given.find_first_not_of("0123456789abcdef") != std::string::npos) {
      fail(node_[key],
           "'" + key + "' is '" + given + "'; it must be " + std::to_string(digits) + " hexadecimal digits");
    }
    return given;
  }

  /// A relative path that stays in its folder. `whose` names that folder in the message.
  std::string inner_path(const std::string& key, const YAML::Node& value, const std::string& whose) const {
    if (!value.IsScalar() || !stays_inside(value.Scalar())) {
      fail(value, "'" + key + "' is '" + (value.IsScalar() ? value.Scalar() : "(not a string)") +
                      "'; it must be a relative path that does not leave " + whose);
    }
    return fs::path(value.Scalar()).lexically_normal().string();
  }

  Section inner(const std::string& key) const {
    if (!has(key)) fail(node_, "key '" + key + "' is missing");
    return Section(node_[key], file_, label_ + ": " + key);
  }

 private:
  YAML::Node node_;
  std::string file_;
  std::string label_;
};

Unpack read_unpack(const Section& section) {
  section.allow_only({"format", "strip_components", "max_bytes", "max_entries"});
  const std::string format = section.text("format");
  if (format != "zip") section.fail(section.node("format"), "'format' is '" + format + "'; only zip is supported");
  Unpack unpack;
  unpack.strip_components = static_cast<int>(std::min<std::uintmax_t>(section.count("strip_components", 0, 0), 100));
  unpack.max_bytes = section.count("max_bytes", unpack.max_bytes);
  unpack.max_entries = section.count("max_entries", unpack.max_entries);
  return unpack;
}

void read_complete(const Section& section, Asset& asset) {
  section.allow_only({"listing", "full"});
  const std::string whose = "the asset's folder";
  if (section.has("listing")) {
    const Section listing = section.inner("listing");
    listing.allow_only({"table", "column", "folder"});
    listing.text("table");
    asset.listing = Listing{listing.inner_path("table", listing.node("table"), whose), listing.text("column"),
                            listing.has("folder") ? listing.inner_path("folder", listing.node("folder"), whose) : "."};
  }
  if (section.has("full")) {
    const Section full = section.inner("full");
    full.allow_only({"file", "md5", "lines"});
    full.text("file");
    asset.full =
        FullSet{full.inner_path("file", full.node("file"), whose), full.digest("md5", 32), full.count("lines", 0)};
  }
}

void check_name(const Section& section, const std::string& name) {
  if (name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") != std::string::npos) {
    section.fail(section.node("name"), "'name' may hold only lower-case letters, digits and underscores");
  }
}

void check_url(const Section& section, const std::string& url) {
  for (const std::string scheme : {"https://", "http://", "file://"}) {
    if (url.rfind(scheme, 0) == 0 && url.size() > scheme.size()) return;
  }
  section.fail(section.node("url"), "'url' is '" + url + "'; it must start with https://, http:// or file://");
}

/// A place must not be hidden: names that start with a dot are kept for work in progress.
bool has_hidden_part(const fs::path& path) {
  return std::any_of(path.begin(), path.end(), [](const fs::path& part) { return part.string().front() == '.'; });
}

void read_paths(const Section& section, Asset& asset) {
  section.text("place");
  asset.place = section.inner_path("place", section.node("place"), "the data folder");
  if (has_hidden_part(asset.place))
    section.fail(section.node("place"), "'place' may not hold a name that starts with a dot");
  if (!section.has("mirror")) {
    asset.mirror = {asset.place};
    return;
  }
  const YAML::Node list = section.node("mirror");
  if (!list.IsSequence() || list.size() == 0) section.fail(list, "'mirror' must be a list of relative paths");
  for (const auto& entry : list) asset.mirror.emplace_back(section.inner_path("mirror", entry, "the mirror"));
}

Asset read_asset(const YAML::Node& node, const std::string& file, std::size_t index) {
  const YAML::Node name = node.IsMap() ? node["name"] : YAML::Node(YAML::NodeType::Undefined);
  const std::string label =
      "asset " + (name.IsDefined() && name.IsScalar() ? "'" + name.Scalar() + "'" : std::to_string(index + 1));
  const Section section(node, file, label);
  section.allow_only(
      {"name", "what", "url", "size_bytes", "sha256", "md5", "licence", "place", "mirror", "unpack", "complete"});
  Asset asset;
  asset.name = section.text("name");
  check_name(section, asset.name);
  asset.what = section.text("what");
  asset.url = section.text("url");
  check_url(section, asset.url);
  asset.expected = {section.count("size_bytes", 0), section.digest("sha256", 64), section.digest("md5", 32)};
  const Section licence = section.inner("licence");
  licence.allow_only({"name", "holder"});
  asset.licence_name = licence.text("name");
  asset.licence_holder = licence.text("holder");
  read_paths(section, asset);
  if (section.has("unpack")) asset.unpack = read_unpack(section.inner("unpack"));
  if (section.has("complete")) {
    if (!asset.unpack)
      section.fail(section.node("complete"), "'complete' needs 'unpack': a single file is checked by its checksum");
    read_complete(section.inner("complete"), asset);
  }
  return asset;
}

/// Two assets may not share a place, nor may one lie inside another's folder.
void check_places(const std::vector<Asset>& assets, const std::string& file) {
  for (const auto& outer : assets) {
    for (const auto& inner : assets) {
      if (&inner == &outer) continue;
      const auto [end_of_outer, rest] =
          std::mismatch(outer.place.begin(), outer.place.end(), inner.place.begin(), inner.place.end());
      if (end_of_outer != outer.place.end()) continue;
      throw UsageError(file + ": asset '" + inner.name + "': 'place' is '" + inner.place.string() + "', which asset '" +
                       outer.name + "' takes; every asset needs its own place");
    }
  }
}

YAML::Node parse_yaml(const fs::path& path) {
  if (!fs::is_regular_file(path))
    throw UsageError("manifest " + path.string() + ": no such file; give one with --manifest");
  try {
    return YAML::Load(read_file(path, 1'000'000));
  } catch (const YAML::ParserException& error) {
    throw UsageError(path.string() + ", line " + std::to_string(error.mark.line + 1) +
                     ": not valid YAML: " + error.msg);
  }
}

}  // namespace

bool stays_inside(const fs::path& path) {
  if (path.empty() || path.is_absolute() || path.string().find('\0') != std::string::npos) return false;
  if (std::find(path.begin(), path.end(), "..") != path.end()) return false;
  return path.lexically_normal() != ".";
}

const Asset& Manifest::find(const std::string& name) const {
  std::string known;
  for (const auto& asset : assets) {
    if (asset.name == name) return asset;
    known += (known.empty() ? "" : ", ") + asset.name;
  }
  throw UsageError("there is no asset '" + name + "'; the manifest knows " + known);
}

Manifest read_manifest(const fs::path& path) {
  const YAML::Node document = parse_yaml(path);
  const Section root(document, path.string(), "manifest");
  root.allow_only({"assets"});
  const YAML::Node list = root.node("assets");
  if (!list.IsDefined() || !list.IsSequence() || list.size() == 0) {
    throw UsageError(path.string() + ": key 'assets' must be a list with at least one asset");
  }
  Manifest manifest;
  std::set<std::string> names;
  for (std::size_t i = 0; i < list.size(); ++i) {
    manifest.assets.push_back(read_asset(list[i], path.string(), i));
    const std::string& name = manifest.assets.back().name;
    if (!names.insert(name).second) throw UsageError(path.string() + ": asset '" + name + "' is listed twice");
  }
  check_places(manifest.assets, path.string());
  return manifest;
}

}  // namespace soundfold

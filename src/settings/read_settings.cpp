// SPDX-License-Identifier: Apache-2.0
#include "settings/read_settings.h"

#include "support/errors.h"
#include "support/files.h"
#include "yaml/yaml_document.h"

#include <set>

namespace soundfold::settings {
namespace fs = std::filesystem;
namespace {

constexpr std::uintmax_t kMaxFileBytes = 1'000'000;
constexpr int kMaxExtends = 16;
constexpr int kMaxDepth = 8;
/// Far more than there are options.
constexpr int kMaxEntries = 10'000;

/// Reads one document, without what it extends.
struct Reader {
  const std::string& name;
  const KeyRules& rules;
  int entries_left = kMaxEntries;
  Settings settings = {};

  /// Throws for a key that appears twice in one mapping, which yaml-cpp itself lets pass.
  void flatten(const YAML::Node& map, const std::string& prefix, int depth) {
    if (depth > kMaxDepth) throw UsageError(yaml_place(name, map) + ": nested too deeply");
    std::set<std::string> seen;
    for (const auto& entry : map) {
      if (--entries_left < 0) throw UsageError(name + ": more than " + std::to_string(kMaxEntries) + " keys");
      if (!entry.first.IsScalar()) throw UsageError(yaml_place(name, entry.first) + ": a key must be a plain string");
      const std::string written = prefix + entry.first.Scalar(), key = rules.current(written);
      if (!seen.insert(key).second) throw UsageError(yaml_place(name, entry.first) + ": " + key + ": given twice");
      if (entry.second.IsMap() && rules.maps.count(key) == 0) {
        flatten(entry.second, key + ".", depth + 1);
      } else {
        settings[key] = {entry.second, yaml_place(name, entry.first), name, Origin::file,
                         key == written ? "" : written};
      }
    }
  }
};

void collect(const std::string& yaml, const std::string& name, const fs::path& folder, const KeyRules& rules, int depth,
             Settings& settings) {
  if (depth > kMaxExtends) throw UsageError(name + ": extends forms a cycle, or is deeper than 16 files");
  Reader reader{name, rules};
  reader.flatten(yaml_map(yaml, name), "", 0);
  auto& own = reader.settings;
  if (const auto parent = own.find("extends"); parent != own.end()) {
    if (!parent->second.value.IsScalar()) throw UsageError(parent->second.where + ": extends: must be one file name");
    const fs::path file = folder / parent->second.value.Scalar();
    if (!fs::exists(file)) throw UsageError(parent->second.where + ": extends: no such file " + file.string());
    collect(read_settings_file(file), file.string(), file.parent_path(), rules, depth + 1, settings);
    for (auto& [key, setting] : settings) setting.origin = Origin::inherited;
    own.erase(parent);
  }
  for (auto& [key, setting] : own) settings[key] = setting;
}

}  // namespace

std::string read_settings_file(const fs::path& file) {
  try {
    return read_file(file, kMaxFileBytes);
  } catch (const DataError& error) {
    throw UsageError(std::string("configuration ") + error.what());
  }
}

Settings read_settings(const std::string& yaml, const std::string& name, const fs::path& folder,
                       const KeyRules& rules) {
  Settings settings;
  collect(yaml, name, folder, rules, 0, settings);
  return settings;
}

void add_override(const std::string& text, const KeyRules& rules, Settings& settings) {
  const auto equals = text.find('=');
  if (equals == std::string::npos || equals == 0) {
    throw UsageError("--set " + text + ": write it as key=value, for example --set training.epochs=5");
  }
  const std::string where = "--set " + text, written = text.substr(0, equals), key = rules.current(written);
  try {
    settings[key] = {YAML::Load(text.substr(equals + 1)), where, where, Origin::command_line,
                     key == written ? "" : written};
  } catch (const YAML::Exception& error) {
    throw UsageError(where + ": not a valid value: " + error.msg);
  }
}

}  // namespace soundfold::settings

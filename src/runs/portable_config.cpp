// SPDX-License-Identifier: Apache-2.0
#include "runs/portable_config.h"

#include "config/load.h"
#include "config/options.h"
#include "config/print.h"
#include "support/errors.h"
#include "support/files.h"

#include <algorithm>

namespace soundfold::runs {
namespace fs = std::filesystem;
namespace {

/// Makes `path` portable; true when only its last part is left.
bool shorten(std::string& path, const fs::path& here) {
  if (!fs::path(path).is_absolute()) return false;
  const auto plain = fs::path(path).lexically_normal();
  const auto relative = plain.lexically_relative(here.lexically_normal());
  const bool below = !relative.empty() && *relative.begin() != "..";
  path = (below ? relative : plain.has_filename() ? plain.filename() : plain.parent_path().filename()).string();
  return !below;
}

bool is_overridden(const std::string& key, const std::vector<std::string>& overrides) {
  return std::any_of(overrides.begin(), overrides.end(),
                     [&](const std::string& text) { return text.rfind(key + "=", 0) == 0; });
}

/// key=value settings for the paths left out, from the configuration beside the model.
std::vector<std::string> paths_beside(const fs::path& model_file, const std::string& name,
                                      const std::vector<std::string>& left_out) {
  const auto file = model_file.parent_path() / "config.yaml";
  std::vector<std::string> settings;
  if (left_out.empty() || !fs::exists(file)) return settings;
  auto beside = config::stored_experiment(read_file(file), file.string());
  if (beside.name != name) return settings;
  for (const auto& option : config::options_of(beside)) {
    if (std::find(left_out.begin(), left_out.end(), option.key) == left_out.end()) continue;
    settings.push_back(option.key + "=" + config::value_text(option));
  }
  return settings;
}

}  // namespace

PortableConfig portable_config(config::Experiment experiment, const fs::path& here) {
  PortableConfig portable;
  for (const auto& option : config::options_of(experiment)) {
    bool left_out = false;
    if (const auto* text = std::get_if<std::string*>(&option.target)) left_out = shorten(**text, here);
    if (left_out) portable.left_out.push_back(option.key);
  }
  portable.yaml = config::to_yaml(experiment);
  return portable;
}

config::Experiment configuration_of_model(const std::string& yaml, const std::vector<std::string>& left_out,
                                          const fs::path& model_file, const std::vector<std::string>& overrides) {
  const std::string where = model_file.string() + " (its configuration)";
  const auto name = config::stored_experiment(yaml, where).name;
  auto settings = paths_beside(model_file, name, left_out);
  for (const char* key : {"data.root", "data.manifest"}) {
    const bool missing = std::find(left_out.begin(), left_out.end(), key) != left_out.end() && settings.empty();
    if (!missing || is_overridden(key, overrides)) continue;
    throw UsageError(model_file.string() +
                     ": its data were outside the folder where it was trained, and it does not say where; give --set " +
                     key + "=" + (key == std::string("data.root") ? "FOLDER" : "FILE"));
  }
  settings.insert(settings.end(), overrides.begin(), overrides.end());
  return config::stored_experiment(yaml, where, settings);
}

}  // namespace soundfold::runs

// SPDX-License-Identifier: Apache-2.0
#include "own_data/own_experiment.h"

#include "annotations/recordings.h"
#include "audio/sound_names.h"
#include "config/load.h"
#include "dataset/dataset.h"
#include "dataset/wording.h"
#include "own_data/own_folder_yaml.h"
#include "own_data/small_weights.h"
#include "splits/prepare_data.h"
#include "support/errors.h"
#include "support/logging.h"
#include "text/text.h"
#include "yaml/yaml_value.h"

#include <algorithm>

namespace soundfold::own_data {
namespace fs = std::filesystem;
namespace {

constexpr const char* kFileName = "configs/own_folder.yaml";  // for messages
constexpr std::size_t kFewestFolds = 3;

void refuse_other_things(const fs::path& data) {
  std::error_code failed;
  const auto status = fs::status(data, failed);
  const auto name = dataset::in_quotes(data.string());
  if (!fs::exists(status)) {
    throw UsageError(
        name +
        " does not exist; give a folder with one folder per class or with label files beside its recordings, "
        "or a CSV");
  }
  if (fs::is_directory(status)) return;
  const auto extension = lower_case(data.extension().string());
  if (extension == ".yaml" || extension == ".yml") {
    throw UsageError(name + " is a configuration: give it as --config " + data.string());
  }
  if (!fs::is_regular_file(status) || audio::is_sound_name(data)) {
    throw UsageError(name + " is neither a folder nor a CSV; give a folder with one folder per class, or a CSV");
  }
}

bool sets(const std::vector<std::string>& overrides, const std::string& beginning) {
  return std::any_of(overrides.begin(), overrides.end(),
                     [&](const auto& text) { return text.rfind(beginning, 0) == 0; });
}

void refuse_other_data(const fs::path& data, bool is_list, const std::vector<std::string>& overrides) {
  for (const char* key : {"data.layout=", "data.manifest=", "data.root="}) {
    const bool allowed = is_list && std::string(key) == "data.root=";  // where the paths of a CSV start
    if (allowed || !sets(overrides, key)) continue;
    throw UsageError("--set " + std::string(key) + "...: the data are " + dataset::in_quotes(data.string()) +
                     ", given without --config; leave one of both out");
  }
}

/// A name that a folder of runs may have: that of the folder or CSV, other characters than letters, digits, '_', '-'
/// and '.' replaced.
std::string experiment_name(const fs::path& data, bool is_list) {
  auto whole = fs::absolute(data).lexically_normal();
  if (!whole.has_filename()) whole = whole.parent_path();  // "my_sounds/"
  std::string name = is_list ? whole.stem().string() : whole.filename().string();
  constexpr const char* kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  if (name.find_first_of(kLetters) == std::string::npos) return "own_data";
  const std::string allowed = std::string(kLetters) + "_.-";
  for (char& letter : name) {
    if (allowed.find(letter) == std::string::npos) letter = '_';
  }
  return name.front() == '.' ? "own" + name : name;
}

std::string setting(const std::string& key, const std::string& value) {
  return key + "=" + yaml_text(value);
}

std::vector<std::string> settings_for(const fs::path& data, bool is_list) {
  std::vector<std::string> settings = {setting("name", experiment_name(data, is_list)),
                                       setting("backbone.weights", usual_weights())};
  if (is_list) {
    settings.insert(settings.end(), {"data.layout=csv", setting("data.manifest", data.string()), "data.root=\"\""});
    return settings;
  }
  std::error_code failed;
  const bool is_esc50 = fs::exists(data / "meta" / "esc50.csv", failed);
  settings.push_back(setting("data.root", data.string()));
  if (!is_esc50 && annotations::has_label_files(data)) {
    logger().info("{}: label files lie beside its recordings: data.layout is annotations; time without events is other",
                  data.string());
    settings.insert(settings.end(), {"data.layout=annotations", "data.other_class=other", "data.negative_class=other"});
    return settings;
  }
  settings.push_back(is_esc50 ? "data.layout=esc50" : "data.layout=folders");
  return settings;
}

/// Folds 1 to 5 are the defaults; a CSV may number its folds otherwise.
void choose_folds(config::Experiment& experiment) {
  const KeptLog kept;  // the data are read again, and logged, before they are used
  const auto folds = dataset::load(splits::data_options(experiment.data)).folds();
  if (folds.empty()) return;
  if (folds.size() < kFewestFolds) {
    throw UsageError(experiment.data.manifest + ": its column of folds names " + dataset::named_folds(folds) +
                     " alone, and training, validation and test need one each; remove the column to split at random, "
                     "or choose with --set folds.train=[...]");
  }
  experiment.folds.train.assign(folds.begin(), folds.end() - 2);
  experiment.folds.validation = {folds[folds.size() - 2]};
  experiment.folds.test = {folds.back()};
}

}  // namespace

config::Experiment own_experiment(const fs::path& data, const std::vector<std::string>& overrides) {
  refuse_other_things(data);
  const bool is_list = !fs::is_directory(data);
  refuse_other_data(data, is_list, overrides);
  auto settings = settings_for(data, is_list);
  settings.insert(settings.end(), overrides.begin(), overrides.end());
  auto experiment = config::parse_experiment(kOwnFolderYaml, kFileName, ".", settings);
  const bool is_fixed = !experiment.protocol.cross_validates();
  if (is_list && is_fixed && !sets(overrides, "folds.")) choose_folds(experiment);
  return experiment;
}

}  // namespace soundfold::own_data

// SPDX-License-Identifier: Apache-2.0
#include "runtime/model_path.h"

#include "audio/sound_names.h"
#include "support/errors.h"
#include "text/text.h"

#include <algorithm>
#include <string>
#include <vector>

namespace soundfold::runtime {
namespace fs = std::filesystem;
namespace {

constexpr const char* kPlainName = "model.safetensors";
constexpr const char* kTorchName = "model.pt";
constexpr const char* kRuns = "experiments";
constexpr std::size_t kMostRuns = 3;

bool is_file(const fs::path& path) {
  std::error_code failed;
  return fs::is_regular_file(path, failed);
}

/// "; here are: experiments/dogcat/latest", or "" when no experiment in this folder has a model.
std::string runs_here() {
  std::vector<std::string> runs;
  std::error_code failed;
  for (const auto& experiment : fs::directory_iterator(kRuns, failed)) {
    const auto latest = experiment.path() / "latest";
    if (is_file(latest / kPlainName) || is_file(latest / kTorchName)) runs.push_back(latest.string());
  }
  std::sort(runs.begin(), runs.end());
  if (runs.size() > kMostRuns) runs.resize(kMostRuns);
  return runs.empty() ? "" : "; here are: " + join(runs);
}

/// Of a file that is not there, by its name.
std::string how_to_get(const fs::path& path) {
  const auto name = path.filename().string();
  if (name.rfind("yamnet", 0) == 0) {
    return "YAMNet is imported from published weights: `make dogcat` does so, or fetcher and then importer (importer "
           "--help)";
  }
  if (name.rfind("soundfold-small", 0) == 0) return "`trainer FOLDER` writes it where data/yamnet.pt is missing";
  return "give a run's folder, or the model.safetensors or model.pt in it" + runs_here();
}

fs::path model_in(const fs::path& folder, FirstChoice first) {
  const bool plain_first = first == FirstChoice::plain;
  for (const auto& place : {folder, folder / "latest"}) {
    for (const auto* name : {plain_first ? kPlainName : kTorchName, plain_first ? kTorchName : kPlainName}) {
      if (is_file(place / name)) return place / name;
    }
  }
  throw DataError(folder.string() + ": neither " + kTorchName + " nor " + kPlainName +
                  " is in this folder; give a run's folder, or one of these files" + runs_here());
}

}  // namespace

fs::path model_path(const fs::path& given, FirstChoice first) {
  std::error_code failed;
  if (fs::is_directory(given, failed)) return model_in(given, first);
  if (!fs::exists(given, failed)) throw DataError(given.string() + ": no such file; " + how_to_get(given));
  if (audio::is_sound_name(given)) {
    throw DataError(given.string() +
                    ": this is a sound, not a model; give a run's folder, or the model.safetensors or model.pt in it" +
                    runs_here());
  }
  return given;
}

}  // namespace soundfold::runtime

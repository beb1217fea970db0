// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/experiment.h"

#include <filesystem>
#include <string>
#include <vector>

namespace soundfold::runs {

/// Key of a model's metadata: the configuration's paths that are not in it.
inline constexpr const char* kPathsLeftOut = "paths_left_out";

/// A configuration that can travel with a model.
struct PortableConfig {
  std::string yaml;
  std::vector<std::string> left_out;  ///< keys, such as "data.root", whose value is only the last part of the path
};

/// The configuration without absolute paths, which have no meaning on another machine:
/// those below `here` become relative to it, of others only the last part is left and their key is in `left_out`.
/// Relative paths stay as they are.
PortableConfig portable_config(config::Experiment experiment,
                               const std::filesystem::path& here = std::filesystem::current_path());

/// The configuration in a model's metadata (`config`, `left_out`), with `overrides` as --set gives them. Paths that
/// were left out are taken from config.yaml beside the model, where its run is; when the data's are not to be found
/// there either and not in `overrides`, throws UsageError that says which --set to give.
config::Experiment configuration_of_model(const std::string& yaml, const std::vector<std::string>& left_out,
                                          const std::filesystem::path& model_file,
                                          const std::vector<std::string>& overrides);

}  // namespace soundfold::runs

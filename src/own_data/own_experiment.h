// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/experiment.h"

#include <filesystem>
#include <string>
#include <vector>

/// People's own sounds as an experiment, and what there is to know of data before they are trained on.
namespace soundfold::own_data {

/// The experiment for `data`, a folder with one folder per class (or ESC-50's), or of long recordings with label files
/// beside them (as configs/annotations.yaml, with a log line), or a CSV, without any YAML file: the
/// settings of configs/own_folder.yaml, which is compiled in; the name is that of the folder or CSV; the weights are
/// those of usual_weights(). Of a CSV with three folds and more, the last is for testing, the one before for
/// validation. `overrides` as --set gives them come last. Throws UsageError when `data` is neither a folder nor a list,
/// or overrides name other data; otherwise as config::parse_experiment and, of a CSV, as dataset::load.
config::Experiment own_experiment(const std::filesystem::path& data, const std::vector<std::string>& overrides);

}  // namespace soundfold::own_data

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/experiment.h"
#include "runs/run_folder.h"

#include <string>
#include <vector>

/// A run's folder always records what was run, also when that was changed on resuming.
namespace soundfold::runs {

/// What `now` sets otherwise than the configuration in the folder of a started run: "training.epochs: 50 (was 20)".
/// Throws UsageError for a change after which its finished part would no longer be part of the same run; what may
/// change is in docs/runs.md.
std::vector<std::string> changes_on_resume(const RunFolder& run, const config::Experiment& now);

/// Writes config.yaml: the resolved configuration below comment lines that name the device and whatever was changed
/// when the run was resumed. Lines of earlier resumptions stay.
void write_config(const RunFolder& run, const config::Experiment& experiment, const std::string& device,
                  const std::vector<std::string>& changes = {});

/// The changes of all resumptions, as config.yaml names them.
std::vector<std::string> recorded_changes(const RunFolder& run);

/// The device on which the run was begun or last resumed, as config.yaml names it; empty when it does not.
std::string recorded_device(const RunFolder& run);

}  // namespace soundfold::runs

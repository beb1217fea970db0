// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "experiment/calibrate.h"
#include "experiment/prepare.h"
#include "experiment/run.h"
#include "training/run_folder.h"
#include "training/trainer.h"

#include <optional>
#include <string>

/// Steps that every kind of run takes. Private to experiment/.
namespace soundfold::experiment {

/// The latest finished run of this name when it had the same fingerprint; `with_model` asks for its model.pt too.
std::optional<RunResult> finished_before(const config::Experiment& experiment, const std::string& print,
                                         bool with_model);

/// A new folder with its config.yaml, or the one to go on with.
training::RunFolder open_run(const config::Experiment& experiment, const RunOptions& options);

/// Logs to the run's folder from here on and says what was left out.
void start_run(const config::Experiment& experiment, const PreparedFeatures& prepared, const training::RunFolder& run);

/// Trains on prepared.train, calibrates, tests, exports into the run's folder; gives its result. The run is not
/// finished by this.
nlohmann::json run_fixed(const config::Experiment& experiment, const PreparedFeatures& prepared,
                         const RunOptions& options, const training::RunFolder& run);

}  // namespace soundfold::experiment

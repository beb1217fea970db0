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

/// A new folder with its config.yaml, or the one to resume, whose config.yaml then says what is run from now on. Log
/// lines go to its log.txt too from here on. Throws UsageError for changes that a started run cannot take
/// (resumed_run.h).
training::RunFolder open_run(const config::Experiment& experiment, const RunOptions& options);

/// Adds to the result the device, why it was taken, the threads, what was changed by resuming, and whether the classes
/// leave an answer for other sounds.
void add_how_it_ran(const training::RunFolder& run, const config::Experiment& experiment, const RunOptions& options,
                    nlohmann::json& result);

/// Logs what is run, and writes down what was left out.
void start_run(const config::Experiment& experiment, const PreparedFeatures& prepared, const training::RunFolder& run);

/// Trains on prepared.train, calibrates, tests, exports into the run's folder; gives its result. The run is not
/// finished by this.
nlohmann::json run_fixed(const config::Experiment& experiment, const PreparedFeatures& prepared,
                         const RunOptions& options, const training::RunFolder& run);

}  // namespace soundfold::experiment

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/experiment.h"
#include "features/prepare.h"
#include "ranks/group.h"
#include "runs/run_folder.h"
#include "runs/run_options.h"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace soundfold::runs {

/// The configuration of the run in this folder, with `overrides` as --set gives them. Throws UsageError when it is not
/// the folder of a run; otherwise as config::stored_experiment.
config::Experiment configuration_of_run(const std::filesystem::path& folder, const std::vector<std::string>& overrides,
                                        config::Program program);

/// Options with the device that the configuration asks for, which is logged. Throws UsageError when it is not there.
RunOptions options_for(const config::Experiment& experiment);

/// The latest finished run of this name when it had the same fingerprint; `with_model` asks for its model.pt too.
std::optional<RunResult> finished_before(const config::Experiment& experiment, const std::string& print,
                                         bool with_model);

/// Throws UsageError when options ask to resume a run that cannot be: there is none, it is finished, another
/// process runs it, or the configuration has changes that a started run cannot take.
void check_resumable(const config::Experiment& experiment, const RunOptions& options);

/// A new folder with its config.yaml, or the one to resume, whose config.yaml then says what is run from now on. Log
/// lines go to its log.txt too while what it returns lives, and other processes cannot resume it. Throws UsageError for
/// changes that a started run cannot take (resumed_run.h).
RunFolder open_run(const config::Experiment& experiment, const RunOptions& options);

/// Adds to the result the device, why it was taken, the threads, what was changed by resuming, and whether the classes
/// leave an answer for other sounds.
void add_how_it_ran(const RunFolder& run, const config::Experiment& experiment, const RunOptions& options,
                    nlohmann::json& result);

/// Logs what is run, and writes down which clip is where (splits.csv) and what was left out.
void start_run(const config::Experiment& experiment, const features::PreparedFeatures& prepared, const RunFolder& run);

/// Runs `body`. What ends it, an error or Ctrl-C, becomes the last line of the run's log.txt before it is thrown on;
/// the program prints it.
void with_ending_logged(const RunFolder& run, const std::function<void()>& body);

// What a run does more when several ranks do it together. With one process (a null group) each does nothing.

/// Throws UsageError naming a rank with another configuration, `run.` aside, and the first key that differs.
void check_same_configuration(ranks::Group* group, const config::Experiment& experiment);

/// Throws UsageError naming a rank with another fingerprint: other data, weights or version.
void check_same_fingerprint(ranks::Group* group, const std::string& print);

/// What rank 0 does, for all: whether a training follows. That of the other ranks is ignored.
bool all_train(ranks::Group* group, bool trains);

/// Runs `body`; where it ends because a rank is missing, the error says how to resume with `program`.
void with_resuming_told(const std::string& program, const RunFolder& run, const std::function<void()>& body);

}  // namespace soundfold::runs

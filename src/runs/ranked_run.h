// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/experiment.h"
#include "ranks/group.h"
#include "runs/run_folder.h"

#include <functional>
#include <string>

/// What a run does more when several ranks do it together. With one process (null) each does nothing.
namespace soundfold::runs {

/// Throws UsageError naming a rank with another configuration, `run.` aside, and the first key that differs.
void check_same_configuration(ranks::Group* group, const config::Experiment& experiment);

/// Throws UsageError naming a rank with another fingerprint: other data, weights or version.
void check_same_fingerprint(ranks::Group* group, const std::string& print);

/// What rank 0 does, for all: whether a training follows. That of the other ranks is ignored.
bool all_train(ranks::Group* group, bool trains);

/// Runs `body`; where it ends because a rank is missing, the error says how to resume with `program`.
void with_resuming_told(const std::string& program, const RunFolder& run, const std::function<void()>& body);

}  // namespace soundfold::runs

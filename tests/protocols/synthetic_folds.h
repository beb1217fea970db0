// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/experiment.h"
#include "features/prepare.h"
#include "runs/run_folder.h"
#include "testing/testing.h"

#include <filesystem>
#include <map>
#include <string>

namespace soundfold::testing {

/// Prepared features of a cross-validation without any sound: `clips_per_fold` clips in each of `folds` folds, three
/// classes in turn, 1 to 4 windows of 6 values around one centre per class with deviation `noise`. Clips of the folds
/// alternate, so that no fold is one block.
features::PreparedFeatures make_folds(int folds, std::int64_t clips_per_fold, double noise = 1.0);

/// The same data split for a fixed run: the last fold is the test, the one before it validates.
features::PreparedFeatures make_fixed(int folds, std::int64_t clips_per_fold, double noise = 1.0);

/// A small experiment for such data: cross-validation, one hidden layer of 8, batches of 8, 4 epochs, one thread.
config::Experiment small_cross_validation();

inline runs::RunFolder new_run(const TempFolder& folder) {
  return runs::RunFolder::create(folder.path(), "small");
}

/// Every file below `folder` but logs, with its content, without times.
std::map<std::string, std::string> contents(const std::filesystem::path& folder);

}  // namespace soundfold::testing

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "testing/testing.h"

#include <filesystem>
#include <string>
#include <vector>

namespace soundfold::testing {

/// A folder in which the programs find, without any asset, the built-in small weights (data/yamnet.pt), ten sounds of a
/// second (set/, dogs and cats in five folds) and an experiment on them (a.yaml: "a", four epochs). Equal in every
/// place.
class SmallPlace {
 public:
  SmallPlace();

  /// Runs a program, which must succeed, and gives what it printed.
  std::string run(const std::string& program, const std::vector<std::string>& arguments) const;

  /// Trains a.yaml on that many threads; gives the run's folder.
  std::filesystem::path train(const std::string& threads, const std::string& seed = "5") const;

  std::filesystem::path operator/(const std::string& name) const { return folder_ / name; }
  const std::filesystem::path& path() const { return folder_.path(); }

 private:
  TempFolder folder_;
};

}  // namespace soundfold::testing

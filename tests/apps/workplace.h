// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "testing/testing.h"

#include <filesystem>
#include <string>
#include <vector>

namespace soundfold::testing {

/// A folder with imported weights and a place for the store and the runs, in which the programs are run on the real
/// recordings of the mirror.
class Workplace {
 public:
  /// Imports the TFLite weights. Throws when that fails.
  Workplace();

  const std::filesystem::path& path() const { return folder_.path(); }
  std::filesystem::path operator/(const std::string& name) const { return folder_ / name; }

  /// trainer with a shipped configuration, the mirror's recordings, one thread, and `more` arguments.
  ProgramResult train(const std::string& config, const std::vector<std::string>& more = {}) const;
  ProgramResult run(const std::string& program, const std::vector<std::string>& arguments) const;

 private:
  TempFolder folder_;
};

}  // namespace soundfold::testing

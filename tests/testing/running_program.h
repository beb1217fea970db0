// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "testing/testing.h"

#include <filesystem>
#include <string>
#include <vector>

namespace soundfold::testing {

/// A program that runs beside the test, started as a user would, with `arguments`, in `folder` (empty: here), standard
/// input closed. A program without '/' is taken from the build's bin folder. `environment` entries are NAME=value.
class RunningProgram {
 public:
  RunningProgram(const std::string& program, const std::vector<std::string>& arguments,
                 const std::filesystem::path& folder = {}, const std::vector<std::string>& environment = {});
  /// Kills it should it still run.
  ~RunningProgram();
  RunningProgram(const RunningProgram&) = delete;
  RunningProgram& operator=(const RunningProgram&) = delete;

  int process() const { return process_; }
  void send_signal(int signal) const;
  bool has_ended();
  /// What it printed so far.
  std::string out() const;
  std::string err() const;
  /// Waits for its end.
  ProgramResult result();

 private:
  TempFolder scratch_;
  int process_ = -1;
  int status_ = 0;
  bool ended_ = false;
};

}  // namespace soundfold::testing

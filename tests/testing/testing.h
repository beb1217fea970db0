// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace soundfold::testing {

/// The folder of real recordings and references that SOUNDFOLD_MIRROR names. Throws when there is none: a test that
/// needs it carries the tag [assets], and ctest reports such tests as skipped.
std::filesystem::path assets_folder();

/// Reports that the running case is skipped because something is not installed that need not be: under ctest, which
/// runs each case alone, the program ends here; otherwise the reason is printed, and the case should return.
void skip_case(const std::string& reason);

/// The project's root.
std::filesystem::path source_folder();

/// A fresh folder under the system's temporary folder, removed at the end of its scope.
class TempFolder {
 public:
  TempFolder();
  ~TempFolder();
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

/// A program of this build.
std::filesystem::path program_path(const std::string& program);

/// The build folder.
std::filesystem::path build_folder();

/// The programs of this build: programs.txt in the build folder.
std::vector<std::string> programs();

/// What a program printed and how it ended.
struct ProgramResult {
  int exit_code = 0;  ///< 128 + signal when it was killed
  std::string out;
  std::string err;
};

/// Runs a program as a user would, with `arguments`, in `folder` (empty: here), standard input closed.
/// A program without '/' is taken from the build's bin folder. `environment` entries are NAME=value.
ProgramResult run(const std::string& program, const std::vector<std::string>& arguments,
                  const std::filesystem::path& folder = {}, const std::vector<std::string>& environment = {});

}  // namespace soundfold::testing

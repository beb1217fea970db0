// SPDX-License-Identifier: Apache-2.0
#include "testing/testing.h"

#include "support/files.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <stdexcept>

namespace soundfold::testing {
namespace fs = std::filesystem;
namespace {

std::string environment_value(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

}  // namespace

fs::path assets_folder() {
  const fs::path folder = environment_value("SOUNDFOLD_MIRROR");
  if (folder.empty() || !fs::is_directory(folder)) {
    throw std::runtime_error("this test needs real recordings: set SOUNDFOLD_MIRROR to a folder that holds them");
  }
  return fs::absolute(folder);
}

void skip_case(const std::string& reason) {
  std::fprintf(stderr, "skipped: %s\n", reason.c_str());
  if (!environment_value("SOUNDFOLD_ONE_CASE").empty()) std::_Exit(77);
}

fs::path source_folder() {
  const fs::path folder = environment_value("SOUNDFOLD_SOURCE");
  return folder.empty() ? fs::current_path() : folder;
}

fs::path program_path(const std::string& program) {
  return fs::path(environment_value("SOUNDFOLD_BIN")) / program;
}

fs::path build_folder() {
  return fs::path(environment_value("SOUNDFOLD_BIN")).parent_path();
}

std::vector<std::string> programs() {
  std::vector<std::string> names;
  std::istringstream lines(read_file(build_folder() / "programs.txt"));
  for (std::string line; std::getline(lines, line);) names.push_back(line);
  return names;
}

TempFolder::TempFolder() {
  std::string name = (fs::temp_directory_path() / "soundfold-test-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make a temporary folder");
  path_ = name;
}

TempFolder::~TempFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

ProgramResult run(const std::string& program, const std::vector<std::string>& arguments, const fs::path& folder,
                  const std::vector<std::string>& environment) {
  const TempFolder scratch;
  const std::string out_path = (scratch / "out").string();
  const std::string err_path = (scratch / "err").string();
  const std::string binary = program.find('/') == std::string::npos ? program_path(program).string() : program;
  const pid_t child = fork();
  if (child < 0) throw std::runtime_error("cannot start a process");
  if (child == 0) {
    if (!folder.empty() && chdir(folder.c_str()) != 0) _exit(126);
    for (const auto& entry : environment) putenv(const_cast<char*>(entry.c_str()));
    const int in = open("/dev/null", O_RDONLY);
    const int out = open(out_path.c_str(), O_WRONLY | O_CREAT, 0600);
    const int err = open(err_path.c_str(), O_WRONLY | O_CREAT, 0600);
    if (in < 0 || out < 0 || err < 0) _exit(126);
    dup2(in, 0);
    dup2(out, 1);
    dup2(err, 2);
    std::vector<char*> words{const_cast<char*>(binary.c_str())};
    for (const auto& word : arguments) words.push_back(const_cast<char*>(word.c_str()));
    words.push_back(nullptr);
    execv(binary.c_str(), words.data());
    _exit(127);
  }
  int status = 0;
  waitpid(child, &status, 0);
  ProgramResult result;
  result.exit_code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  result.out = read_file(out_path);
  result.err = read_file(err_path);
  return result;
}

}  // namespace soundfold::testing

// SPDX-License-Identifier: Apache-2.0
#include "testing/testing.h"

#include "support/files.h"
#include "testing/running_program.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
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

RunningProgram::RunningProgram(const std::string& program, const std::vector<std::string>& arguments,
                               const fs::path& folder, const std::vector<std::string>& environment) {
  const std::string out_path = (scratch_ / "out").string();
  const std::string err_path = (scratch_ / "err").string();
  const std::string binary = program.find('/') == std::string::npos ? program_path(program).string() : program;
  process_ = fork();
  if (process_ < 0) throw std::runtime_error("cannot start a process");
  if (process_ > 0) return;
  const int in = open("/dev/null", O_RDONLY);
  const int out = open(out_path.c_str(), O_WRONLY | O_CREAT, 0600);
  const int err = open(err_path.c_str(), O_WRONLY | O_CREAT, 0600);
  if (in < 0 || out < 0 || err < 0) _exit(126);
  if (!folder.empty() && chdir(folder.c_str()) != 0) _exit(126);
  for (const auto& entry : environment) putenv(const_cast<char*>(entry.c_str()));
  dup2(in, 0);
  dup2(out, 1);
  dup2(err, 2);
  std::vector<char*> words{const_cast<char*>(binary.c_str())};
  for (const auto& word : arguments) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  execv(binary.c_str(), words.data());
  _exit(127);
}

RunningProgram::~RunningProgram() {
  if (has_ended()) return;
  kill(process_, SIGKILL);
  waitpid(process_, &status_, 0);
}

void RunningProgram::send_signal(int signal) const {
  if (!ended_) kill(process_, signal);
}

bool RunningProgram::has_ended() {
  if (!ended_) ended_ = waitpid(process_, &status_, WNOHANG) == process_;
  return ended_;
}

std::string RunningProgram::out() const {
  return fs::exists(scratch_ / "out") ? read_file(scratch_ / "out") : "";
}

std::string RunningProgram::err() const {
  return fs::exists(scratch_ / "err") ? read_file(scratch_ / "err") : "";
}

ProgramResult RunningProgram::result() {
  if (!ended_) waitpid(process_, &status_, 0);
  ended_ = true;
  ProgramResult result;
  result.exit_code = WIFSIGNALED(status_) ? 128 + WTERMSIG(status_) : WEXITSTATUS(status_);
  result.out = out();
  result.err = err();
  return result;
}

ProgramResult run(const std::string& program, const std::vector<std::string>& arguments, const fs::path& folder,
                  const std::vector<std::string>& environment) {
  return RunningProgram(program, arguments, folder, environment).result();
}

}  // namespace soundfold::testing

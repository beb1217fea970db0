// SPDX-License-Identifier: Apache-2.0
#include "runs/run_folder.h"

#include "support/errors.h"
#include "support/files.h"
#include "support/logging.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <utility>
#include <vector>

namespace soundfold::runs {
namespace fs = std::filesystem;
namespace {

constexpr const char* kTimeFormat = "%Y-%m-%d_%H-%M-%S";
constexpr std::size_t kTimeLength = 19;
constexpr const char* kLatest = "latest";
constexpr const char* kNewLatest = ".latest.";  // and the process that makes it

/// In UTC: names are sorted, and local time repeats an hour when clocks change.
std::string time_now() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  char text[kTimeLength + 1];
  std::strftime(text, sizeof text, kTimeFormat, &utc);
  return text;
}

/// Time and number of a run's name ("..._07-40-11" is number 1, "..._07-40-11-2" number 2), for sorting; number 0 for
/// names that are not of that form.
std::pair<std::string, long> sort_key(const std::string& name) {
  std::tm parsed{};
  const char* rest = strptime(name.c_str(), kTimeFormat, &parsed);
  if (rest == nullptr) return {name, 0};
  if (*rest == '\0') return {name, 1};
  char* end = nullptr;
  const long number = *rest == '-' ? std::strtol(rest + 1, &end, 10) : 0;
  return {name.substr(0, kTimeLength), end != nullptr && *end == '\0' && number > 1 ? number : 0};
}

/// Run folders of an experiment, newest first.
std::vector<fs::path> runs_of(const fs::path& experiment) {
  std::vector<std::pair<std::pair<std::string, long>, fs::path>> runs;
  std::error_code error;
  for (fs::directory_iterator entry(experiment, error), end; !error && entry != end; entry.increment(error)) {
    if (entry->is_symlink() || !entry->is_directory()) continue;
    const auto key = sort_key(entry->path().filename().string());
    if (key.second > 0) runs.emplace_back(key, entry->path());
  }
  std::sort(runs.rbegin(), runs.rend());
  std::vector<fs::path> paths;
  paths.reserve(runs.size());
  for (auto& run : runs) paths.push_back(std::move(run.second));
  return paths;
}

void check_name(const std::string& name) {
  if (name.empty() || name == "." || name == ".." || name.find('/') != std::string::npos) {
    throw UsageError("name: '" + name + "' cannot be a folder's name; use letters, digits, - and _");
  }
}

/// The link is only made at the end of a run; what is in its place is told before the work.
void check_latest(const fs::path& experiment) {
  const auto link = experiment / kLatest;
  if (!fs::exists(fs::symlink_status(link)) || fs::is_symlink(link)) return;
  throw DataError(link.string() + ": is " + (fs::is_directory(link) ? "a folder" : "a file") +
                  ", not the link to the newest finished run that belongs there (a copy that did not keep links makes "
                  "such); rename it or remove it");
}

/// "; it holds runs: give the newest unfinished one, experiments/dogcat/..." for a folder above runs; otherwise empty.
std::string hint_at_runs(const fs::path& folder) {
  std::string finished;
  for (const auto& path : runs_of(folder)) {
    if (!fs::exists(path / "config.yaml")) continue;
    if (!fs::exists(path / "result.json")) return "; it holds runs: give the newest unfinished one, " + path.string();
    if (finished.empty()) finished = "; it holds runs, and all are finished; the newest is " + path.string();
  }
  return finished;
}

/// Removes the new links that killed processes left before they became `latest`.
void remove_abandoned_links(const fs::path& experiment) {
  std::error_code error;
  std::vector<fs::path> abandoned;
  for (fs::directory_iterator entry(experiment, error), end; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (name.rfind(kNewLatest, 0) != 0 || !entry->is_symlink()) continue;
    const auto process = static_cast<pid_t>(std::strtol(name.c_str() + std::string(kNewLatest).size(), nullptr, 10));
    if (process > 0 && ::kill(process, 0) != 0 && errno == ESRCH) abandoned.push_back(entry->path());
  }
  for (const auto& link : abandoned) fs::remove(link, error);
}

/// Removes the folders of runs that were killed before their configuration was there: it was still being written.
void remove_abandoned_runs(const fs::path& experiment) {
  for (const auto& run : runs_of(experiment)) {
    if (fs::exists(run / "config.yaml")) continue;
    std::error_code error;
    std::vector<fs::path> files;
    bool all_abandoned = true;
    for (fs::directory_iterator entry(run, error), end; !error && entry != end; entry.increment(error)) {
      files.push_back(entry->path());
      const bool temporary = entry->path().filename().string().rfind(".config.yaml.", 0) == 0;
      all_abandoned = all_abandoned && temporary && is_abandoned(entry->path());
    }
    if (error || files.empty() || !all_abandoned) continue;  // an empty one may be another process's, just made
    for (const auto& file : files) fs::remove(file, error);
    fs::remove(run, error);
  }
}

/// Points the link at `target` by renaming a new link over the old one, so that there is always one.
void point_link(const fs::path& link, const fs::path& target) {
  const auto temporary = link.parent_path() / (kNewLatest + std::to_string(::getpid()));
  std::error_code error;
  fs::remove(temporary, error);
  fs::create_directory_symlink(target, temporary, error);
  if (!error) fs::rename(temporary, link, error);
  if (!error) return;
  const auto reason = error.message();
  fs::remove(temporary, error);
  throw DataError(link.string() + ": cannot point it at " + target.string() + ": " + reason);
}

/// The folder under the name that its experiment has it by: "run/", "." and links say another, or none.
fs::path by_its_name(const fs::path& folder) {
  const auto name = folder.filename();
  return name.empty() || name == "." || name == ".." || fs::is_symlink(folder) ? fs::canonical(folder) : folder;
}

/// Does what a killed finish() left undone: `latest` points at the run unless it points at a newer one.
void complete_finish(const RunFolder& run) {
  const auto link = run.path().parent_path() / kLatest;
  const auto key = sort_key(run.path().filename().string());
  std::error_code missing;
  const auto target = fs::read_symlink(link, missing);
  if (key.second == 0 || (!missing && sort_key(target.filename().string()) >= key)) return;
  fs::remove(run.checkpoint_file(), missing);
  point_link(link, run.path().filename());
}

}  // namespace

RunFolder RunFolder::create(const fs::path& experiments, const std::string& name) {
  check_name(name);
  const auto experiment = experiments / name;
  make_folder(experiment);
  check_latest(experiment);
  remove_abandoned_links(experiment);
  remove_abandoned_runs(experiment);
  const auto time = time_now();
  for (int number = 1;; ++number) {
    const auto folder = experiment / (number == 1 ? time : time + "-" + std::to_string(number));
    std::error_code error;
    if (fs::create_directory(folder, error)) return RunFolder(folder);
    if (error) throw DataError(folder.string() + ": cannot make this folder: " + error.message());
  }
}

RunFolder RunFolder::open(const fs::path& folder) {
  if (!fs::is_directory(folder)) throw UsageError(folder.string() + ": no such run folder");
  RunFolder run(by_its_name(folder));
  if (!fs::exists(run.config_file())) {
    throw UsageError(folder.string() + ": not the folder of a run (it has no config.yaml)" + hint_at_runs(folder));
  }
  const auto experiment = fs::absolute(run.path()).lexically_normal().parent_path();
  remove_abandoned_links(experiment);
  remove_abandoned_runs(experiment);
  if (run.finished()) complete_finish(run);
  return run;
}

std::optional<RunFolder> RunFolder::newest_unfinished(const fs::path& experiments, const std::string& name) {
  check_name(name);
  for (const auto& path : runs_of(experiments / name)) {
    const RunFolder run(path);
    if (!run.finished() && fs::exists(run.config_file())) return run;
  }
  return std::nullopt;
}

std::optional<RunFolder> RunFolder::latest_finished(const fs::path& experiments, const std::string& name) {
  check_name(name);
  std::error_code error;
  const auto target = fs::read_symlink(experiments / name / kLatest, error);
  if (!error) {
    const RunFolder linked(experiments / name / target);
    if (linked.finished()) return linked;
  }
  for (const auto& path : runs_of(experiments / name)) {
    const RunFolder run(path);
    if (run.finished()) return run;
  }
  return std::nullopt;
}

void RunFolder::keep_log() {
  log_ = std::make_shared<LogFile>(log_file());
}

void RunFolder::log_ending(const std::string& why, bool is_error) const {
  if (log_) log_->add(is_error ? spdlog::level::err : spdlog::level::info, why);
}

bool RunFolder::finished() const {
  return fs::exists(result_file()) && !fs::exists(unverified_model_file());
}

void RunFolder::finish(const std::string& result_json) const {
  write_file_atomically(result_file(), result_json);
  std::error_code ignored;
  fs::remove(unverified_model_file().string() + ".sha256", ignored);
  fs::remove(unverified_model_file(), ignored);
  fs::remove(checkpoint_file(), ignored);
  point_link(path_.parent_path() / kLatest, path_.filename());
}

void RunFolder::keep_unfinished(const std::string& result_json) const {
  write_file_atomically(result_file(), result_json);
}

}  // namespace soundfold::runs

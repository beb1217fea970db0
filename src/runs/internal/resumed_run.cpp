// SPDX-License-Identifier: Apache-2.0
#include "runs/internal/resumed_run.h"

#include "config/load.h"
#include "config/options.h"
#include "config/print.h"
#include "splits/rounds.h"
#include "support/errors.h"
#include "support/files.h"
#include "training/checkpoint.h"

#include <sstream>

namespace soundfold::runs {
namespace fs = std::filesystem;
namespace {

constexpr const char* kResumed = "# resumed with ";
constexpr const char* kDevice = "# device ";

bool is_in(const std::string& key, const std::string& group) {
  return key.compare(0, group.size(), group) == 0;
}

/// Options that affect nothing that a started run has done already.
bool may_change(const std::string& key, const config::Experiment& experiment) {
  if (is_in(key, "run.")) return key != "run.folder";
  if (key == "backbone.device" || is_in(key, "report.")) return true;
  if (experiment.program == config::Program::distiller || !experiment.sweep.empty()) return false;
  if (experiment.protocol.cross_validates()) return key == "protocol.repeats" || key == "protocol.final_model";
  if (key == "training.epochs") return !experiment.schedule.looks_ahead();
  return key == "folds.test" || is_in(key, "calibration.") || is_in(key, "decision.");
}

void check_epochs(const RunFolder& run, const config::Experiment& experiment) {
  if (!fs::exists(run.checkpoint_file())) return;
  const auto progress = training::load_checkpoint(run.checkpoint_file()).tensor("progress");
  const auto done = static_cast<std::int64_t>(progress.data_ptr<double>()[0]);
  if (done <= experiment.training.epochs) return;
  throw UsageError("training.epochs: " + std::to_string(experiment.training.epochs) + ", but " + run.path().string() +
                   " has done " + std::to_string(done) + " epochs; give at least that many");
}

/// Contents of the comment lines of config.yaml that start with `mark`, without it.
std::vector<std::string> marked_lines(const RunFolder& run, const std::string& mark) {
  std::vector<std::string> found;
  if (!fs::exists(run.config_file())) return found;
  std::istringstream lines(read_file(run.config_file()));
  for (std::string line; std::getline(lines, line) && is_in(line, "#");) {
    if (is_in(line, mark)) found.push_back(line.substr(mark.size()));
  }
  return found;
}

}  // namespace

std::vector<std::string> changes_on_resume(const RunFolder& run, const config::Experiment& now) {
  const auto file = run.config_file();
  auto before = config::stored_experiment(read_file(file), file.string(), {}, now.program);
  auto changed = now;
  const auto old_options = config::options_of(before), new_options = config::options_of(changed);
  std::vector<std::string> changes;
  for (std::size_t i = 0; i < old_options.size(); ++i) {
    const auto was = config::value_text(old_options[i]), is = config::value_text(new_options[i]);
    if (was == is) continue;
    const auto& key = old_options[i].key;
    if (!may_change(key, before)) {
      throw UsageError(key + " cannot change in a run that has started (it was " + was + ", is " + is +
                       "); resume without it, or start a new run: " + name_of(now.program) + " --config " +
                       file.string() + " --set '" + key + "=" + is + "'");
    }
    if (key == "training.epochs") check_epochs(run, now);
    changes.push_back(key + ": " + is + " (was " + was + ")");
  }
  if (config::to_yaml(before.sweep) != config::to_yaml(now.sweep)) {
    throw UsageError("the sweep cannot change in a run that has started; resume without that, or start a new run");
  }
  return changes;
}

void write_config(const RunFolder& run, const config::Experiment& experiment, const std::string& device,
                  const std::vector<std::string>& changes) {
  std::string text = kDevice + device + "\n";
  for (const auto& change : recorded_changes(run)) text += kResumed + change + "\n";
  for (const auto& change : changes) text += kResumed + change + "\n";
  write_file_atomically(run.config_file(), text + config::to_yaml(experiment));
}

std::vector<std::string> recorded_changes(const RunFolder& run) {
  return marked_lines(run, kResumed);
}

std::string recorded_device(const RunFolder& run) {
  const auto lines = marked_lines(run, kDevice);
  return lines.empty() ? "" : lines.front();
}

}  // namespace soundfold::runs

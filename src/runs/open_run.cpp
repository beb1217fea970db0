// SPDX-License-Identifier: Apache-2.0
#include "runs/open_run.h"

#include "config/load.h"
#include "config/print.h"
#include "device/device.h"
#include "runs/internal/resumed_run.h"
#include "runs/internal/run_lock.h"
#include "runs/result.h"
#include "runs/splits_file.h"
#include "support/errors.h"
#include "support/files.h"
#include "support/logging.h"
#include "support/threads.h"
#include "support/version.h"
#include "text/text.h"

#include <exception>

namespace soundfold::runs {
namespace fs = std::filesystem;
namespace {

RunFolder started_run(const config::Experiment& experiment, const RunOptions& options) {
  const auto found = options.resume_folder.empty()
                         ? RunFolder::newest_unfinished(experiment.run.folder, experiment.name)
                         : std::optional(RunFolder::open(options.resume_folder));
  if (!found) {
    throw UsageError("nothing to resume: " + (fs::path(experiment.run.folder) / experiment.name).string() +
                     " holds no unfinished run; start one without --resume");
  }
  if (found->finished()) throw UsageError(found->path().string() + " is a finished run; there is nothing to resume");
  return *found;
}

}  // namespace

config::Experiment configuration_of_run(const fs::path& folder, const std::vector<std::string>& overrides,
                                        config::Program program) {
  const auto file = RunFolder::open(folder).config_file();
  return config::stored_experiment(read_file(file), file.string(), overrides, program);
}

RunOptions options_for(const config::Experiment& experiment) {
  RunOptions options;
  options.device = use_device(experiment.run.device, experiment.run.tf32);
  options.device_reason = device_reason(experiment.run.device);
  if (experiment.run.tf32 && options.device.is_cpu()) logger().warn("run.tf32 has no effect on the CPU");
  logger().info("device: {}; {}",
                describe_device(options.device, thread_count(static_cast<int>(experiment.run.threads))),
                options.device_reason);
  return options;
}

std::optional<RunResult> finished_before(const config::Experiment& experiment, const std::string& print,
                                         bool with_model) {
  const auto run = RunFolder::latest_finished(experiment.run.folder, experiment.name);
  if (!run || (with_model && !fs::exists(run->model_file()))) return std::nullopt;
  const auto json = unsealed(read_file(run->result_file()));
  if (json.is_null()) logger().warn("{}: damaged, or of an older version; not used", run->result_file().string());
  if (json.is_null() || json.value("fingerprint", "") != print) return std::nullopt;
  return RunResult{run->path(), json, true, ""};
}

void check_resumable(const config::Experiment& experiment, const RunOptions& options) {
  if (!options.resume) return;
  const auto run = started_run(experiment, options);
  lock_run(run.path());
  changes_on_resume(run, experiment);
}

RunFolder open_run(const config::Experiment& experiment, const RunOptions& options) {
  const auto device = options.device.str();
  if (!options.resume) {
    auto run = RunFolder::create(experiment.run.folder, experiment.name);
    run.keep(lock_run(run.path()));
    write_config(run, experiment, device);
    run.keep_log();
    return run;
  }
  auto run = started_run(experiment, options);
  run.keep(lock_run(run.path()));
  auto changes = changes_on_resume(run, experiment);
  if (const auto before = recorded_device(run); !before.empty() && before != device) {
    changes.push_back("device " + device + " (was " + before + ")");
  }
  run.keep_log();
  for (const auto& change : changes) logger().info("resumed with {}", change);
  if (!changes.empty()) write_config(run, experiment, device, changes);
  return run;
}

void start_run(const config::Experiment& experiment, const features::PreparedFeatures& prepared, const RunFolder& run) {
  logger().debug("soundfold {}; configuration:\n{}", version(), config::to_yaml(experiment));
  logger().info("run: {}", run.path().string());
  const auto& skipped = prepared.origin->embedded.skipped;
  if (!skipped.empty()) write_file_atomically(run.path() / "skipped.txt", join(skipped, "\n") + "\n");
  write_file_atomically(run.path() / kSplitsFile, splits_csv(prepared, experiment.protocol.cross_validates()));
}

void with_ending_logged(const RunFolder& run, const std::function<void()>& body) {
  try {
    body();
  } catch (const Interrupted& stop) {
    run.log_ending(stop.what(), /*is_error=*/false);
    throw;
  } catch (const std::exception& error) {  // whatever it is, it is thrown on
    run.log_ending(error.what(), /*is_error=*/true);
    throw;
  }
}

void add_how_it_ran(const RunFolder& run, const config::Experiment& experiment, const RunOptions& options,
                    nlohmann::json& result) {
  result["device"] = options.device.str();
  result["device_reason"] = options.device_reason;
  result["threads"] = thread_count(static_cast<int>(experiment.run.threads));
  if (const auto changes = recorded_changes(run); !changes.empty()) result["resumed_with"] = changes;
  if (!result.contains("data")) return;
  const auto& data = experiment.data;
  result["data"]["multi_label"] = data.multi_label;
  result["data"]["negative_class"] = data.negative_class.empty() ? data.other_class : data.negative_class;
}

void check_same_configuration(ranks::Group* group, const config::Experiment& experiment) {
  if (group == nullptr) return;
  auto shared = experiment;
  shared.run = config::Run();
  ranks::check_equal(*group, config::to_yaml(shared), "configuration");
}

void check_same_fingerprint(ranks::Group* group, const std::string& print) {
  if (group != nullptr) ranks::check_equal(*group, print, "fingerprint of data, weights and version");
}

bool all_train(ranks::Group* group, bool trains) {
  return group == nullptr ? trains : group->broadcast(trains ? "train" : "") == "train";
}

void with_resuming_told(const std::string& program, const RunFolder& run, const std::function<void()>& body) {
  try {
    body();
  } catch (const ranks::RankLost& loss) {
    throw ranks::RankLost(std::string(loss.what()) + "; resume with: " + program + " --resume " + run.path().string());
  }
}

}  // namespace soundfold::runs

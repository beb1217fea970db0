// SPDX-License-Identifier: Apache-2.0
#include "protocols/internal/sweep.h"

#include "config/load.h"
#include "config/print.h"
#include "config/sweep.h"
#include "device/parallel.h"
#include "features/feature_settings.h"
#include "protocols/internal/cross_validation.h"
#include "protocols/internal/dealt_folders.h"
#include "protocols/internal/fixed_run.h"
#include "protocols/internal/sweep_table.h"
#include "rounds/round_features.h"
#include "rounds/round_result.h"
#include "runs/result.h"
#include "support/errors.h"
#include "support/files.h"
#include "support/interrupt.h"
#include "support/logging.h"
#include "support/progress.h"

#include <atomic>
#include <cmath>
#include <limits>
#include <map>
#include <memory>

namespace soundfold::protocols {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kRowsShown = 20;
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

struct Member {
  config::Experiment experiment;
  std::vector<std::string> settings;
  const features::PreparedFeatures* prepared = nullptr;
  fs::path folder;
};

/// One training of one member.
struct Trial {
  std::size_t member = 0;
  std::optional<splits::Round> round;  ///< nothing for a fixed split
};

/// The features of every member; those of the experiment itself exist already.
class FeatureShelf {
 public:
  FeatureShelf(const config::Experiment& experiment, const features::PreparedFeatures& prepared) {
    shelf_[features::features_key(experiment)] = &prepared;
  }
  const features::PreparedFeatures* get(const config::Experiment& experiment, const torch::Device& device) {
    auto& place = shelf_[features::features_key(experiment)];
    if (place == nullptr) {
      owned_.push_back(std::make_unique<features::PreparedFeatures>(features::prepare_features(experiment, device)));
      place = owned_.back().get();
    }
    return place;
  }

 private:
  std::map<std::string, const features::PreparedFeatures*> shelf_;
  std::vector<std::unique_ptr<features::PreparedFeatures>> owned_;
};

std::vector<Member> make_members(const config::Experiment& experiment, const runs::RunOptions& options,
                                 FeatureShelf& shelf, const fs::path& base) {
  std::vector<Member> members;
  for (const auto& each : config::sweep_members(experiment)) {
    Member member;
    member.experiment = config::member_experiment(experiment, each);
    member.settings = each.settings;
    member.prepared = shelf.get(member.experiment, options.device);
    member.folder = base / "sweep" / member_name(members.size() + 1);
    write_file_atomically(member.folder / "config.yaml", config::to_yaml(member.experiment));
    members.push_back(std::move(member));
  }
  return members;
}

std::vector<Trial> make_trials(const std::vector<Member>& members) {
  std::vector<Trial> trials;
  for (std::size_t i = 0; i < members.size(); ++i) {
    const auto& own = members[i].experiment;
    if (!own.protocol.cross_validates()) {
      trials.push_back({i, std::nullopt});
      continue;
    }
    const auto folds = splits::protocol_folds(own.protocol, *members[i].prepared->data.dataset);
    for (const auto& round : splits::make_rounds(own.protocol, folds, own.seed)) trials.push_back({i, round});
  }
  return trials;
}

nlohmann::json train_trial(const Member& member, const std::optional<splits::Round>& round,
                           const runs::RunOptions& options, const fs::path& folder) {
  auto own = member.experiment;
  std::optional<features::PreparedFeatures> of_round;
  if (round) {
    own.seed = round->seed;
    of_round = rounds::round_features(*member.prepared, *round);
    of_round->sets.test = {};  // not before the choice is made
  }
  const auto name = "member " + folder.lexically_relative(folder.parent_path().parent_path()).string();
  const auto outcome = rounds::train_round(own, of_round ? *of_round : *member.prepared, options, folder, name);
  return {{"kept", runs::epoch_json(rounds::kept_epoch(own, outcome))}, {"epochs_run", outcome.epochs_run}};
}

fs::path folder_of(const Member& member, const std::optional<splits::Round>& round) {
  return round ? member.folder / "rounds" / round->name() : member.folder;
}

/// {"kept": ..., "epochs_run": ...} or {"problem": ...}, from the folder when it is there.
nlohmann::json run_trial(const Member& member, const std::optional<splits::Round>& round,
                         const runs::RunOptions& options) {
  const auto folder = folder_of(member, round);
  const auto file = folder / "result.json";
  const auto print = round ? rounds::round_fingerprint(member.experiment, *round, *member.prepared)
                           : runs::fingerprint(member.experiment, *member.prepared);
  if (fs::exists(file)) {
    auto before = runs::unsealed(read_file(file));
    if (before.is_object() && before.value("fingerprint", "") == print) return before;
    throw DataError(file.string() + ": damaged, or of other settings, data or weights; delete this folder and resume");
  }
  nlohmann::json result;
  try {
    result = train_trial(member, round, options, folder);
  } catch (const rounds::RoundFailure& failure) {
    result["problem"] = failure.what();
  } catch (const UsageError& misfit) {
    result["problem"] = misfit.what();
  }
  result["fingerprint"] = print;
  write_file_atomically(file, runs::sealed_text(result));
  std::error_code ignored;
  fs::remove(folder / "checkpoint.pt", ignored);
  return result;
}

/// Trains what is not finished yet, dealt out to the ranks, below `base`.
void deal_trials(const config::Experiment& experiment, const std::vector<Member>& members,
                 const std::vector<Trial>& trials, const runs::RunOptions& options, const fs::path& base) {
  std::vector<fs::path> folders;
  for (const auto& trial : trials) {
    folders.push_back(folder_of(members[trial.member], trial.round).lexically_relative(base));
  }
  auto own = options;
  own.group = nullptr;
  deal_out(*options.group, "trainings of the sweep", base, folders, job_count(experiment, options),
           [&](std::size_t i) { run_trial(members[trials[i].member], trials[i].round, own); });
}

std::vector<nlohmann::json> run_trials(const config::Experiment& experiment, const std::vector<Member>& members,
                                       const std::vector<Trial>& trials, const runs::RunOptions& options,
                                       const runs::RunFolder& run) {
  if (options.group != nullptr) {
    options.group->wait_for_all();  // the members' features are in the store
    deal_trials(experiment, members, trials, options, run.path());
  }
  std::vector<nlohmann::json> results(trials.size());
  std::atomic<std::size_t> finished{0};
  Progress progress("sweeping", static_cast<std::int64_t>(trials.size()), "trainings");
  try {
    run_parallel(trials.size(), job_count(experiment, options), [&](std::size_t i) {
      throw_if_interrupted("stopped");
      results[i] = run_trial(members[trials[i].member], trials[i].round, options);
      ++finished;
      progress.advance();
    });
  } catch (const Interrupted& stop) {
    throw Interrupted("stopped; " + std::to_string(finished) + " of " + std::to_string(trials.size()) +
                          " trainings of the sweep are finished; resume with: trainer --resume " + run.path().string(),
                      stop.signal);
  }
  return results;
}

double number_at(const nlohmann::json& object, const std::string& name) {
  return object.contains(name) && object[name].is_number() ? object[name].get<double>() : kNaN;
}

/// Means over the trials of each member, ranked.
std::vector<SweepRow> make_rows(const config::Sweep& sweep, const std::vector<Member>& members,
                                const std::vector<Trial>& trials, const std::vector<nlohmann::json>& results) {
  std::vector<SweepRow> rows(members.size());
  std::vector<double> counts(members.size());
  for (std::size_t i = 0; i < trials.size(); ++i) {
    auto& row = rows[trials[i].member];
    const auto kept = results[i].value("kept", nlohmann::json::object());
    row.value += number_at(kept, name_of(sweep.metric));
    row.validation_loss += number_at(kept, "validation_loss");
    row.epochs += number_at(kept, "epoch");
    if (row.problem.empty()) row.problem = results[i].value("problem", "");
    counts[trials[i].member] += 1;
  }
  for (std::size_t i = 0; i < rows.size(); ++i) {
    rows[i].number = i + 1;
    rows[i].settings = members[i].settings;
    rows[i].value /= counts[i];
    rows[i].validation_loss /= counts[i];
    rows[i].epochs /= counts[i];
    if (rows[i].problem.empty() && std::isnan(rows[i].value))
      rows[i].problem = name_of(sweep.metric) + " is not a number";
  }
  rank(rows, config::larger_is_better(sweep));
  return rows;
}

std::string heading(const config::Sweep& sweep, std::size_t members, std::size_t trials) {
  const auto rounds = trials / members;
  return "Sweep of " + std::to_string(members) + " members, ranked by " + name_of(sweep.metric) +
         (rounds > 1 ? " (mean over " + std::to_string(rounds) + " rounds)" : "") +
         " of the weights kept; no test clip was looked at\n";
}

}  // namespace

SweepRanking rank_members(const config::Experiment& experiment, const features::PreparedFeatures& prepared,
                          const runs::RunOptions& options, const runs::RunFolder& run) {
  const auto& sweep = experiment.sweep;
  if (!experiment.protocol.cross_validates() && prepared.sets.validation.empty()) {
    throw UsageError("sweep.metric: " + name_of(sweep.metric) + " needs validation clips and there are none; " +
                     "raise folds.validation_fraction, or name folds");
  }
  FeatureShelf shelf(experiment, prepared);
  const auto members = make_members(experiment, options, shelf, run.path());
  const auto trials = make_trials(members);
  logger().info("sweep: {} members, {} trainings", members.size(), trials.size());
  SweepRanking ranking;
  ranking.rows = make_rows(sweep, members, trials, run_trials(experiment, members, trials, options, run));

  const auto keys = config::sweep_keys(sweep);
  ranking.text = heading(sweep, members.size(), trials.size()) + "\n" +
                 sweep_table_text(ranking.rows, keys, sweep.metric, kRowsShown);
  write_file_atomically(run.path() / "sweep.csv", sweep_table_csv(ranking.rows, keys, sweep.metric));
  write_file_atomically(run.path() / "sweep.txt", ranking.text);
  const auto& first = ranking.rows.front();
  if (!first.problem.empty()) {
    throw DataError("every member of the sweep failed; " + member_name(first.number) + ": " + first.problem);
  }
  ranking.best = members[first.number - 1].experiment;
  write_file_atomically(run.path() / "best.yaml", "# Member " + member_name(first.number) + " of a sweep, best in " +
                                                      name_of(sweep.metric) + ".\n" + config::to_yaml(ranking.best));
  return ranking;
}

nlohmann::json run_sweep(const config::Experiment& experiment, const features::PreparedFeatures& prepared,
                         const runs::RunOptions& options, const runs::RunFolder& run) {
  const auto ranking = rank_members(experiment, prepared, options, run);
  const auto name = member_name(ranking.rows.front().number);
  if (options.group != nullptr) options.group->broadcast(std::to_string(ranking.rows.front().number));
  logger().info("best: member {}; it is now trained again and tested", name);
  FeatureShelf shelf(experiment, prepared);
  const auto& features = *shelf.get(ranking.best, options.device);
  auto json = experiment.protocol.cross_validates() ? run_cross_validation(ranking.best, features, options, run)
                                                    : run_fixed(ranking.best, features, options, run);
  const auto keys = config::sweep_keys(experiment.sweep);
  json["sweep"] = {{"metric", name_of(experiment.sweep.metric)},
                   {"best", name},
                   {"members", sweep_rows_json(ranking.rows, keys)},
                   {"text", ranking.text}};
  return json;
}

void help_sweep(const config::Experiment& experiment, const features::PreparedFeatures& prepared,
                const runs::RunOptions& options, const fs::path& scratch) {
  FeatureShelf shelf(experiment, prepared);
  options.group->wait_for_all();
  const auto members = make_members(experiment, options, shelf, scratch);
  deal_trials(experiment, members, make_trials(members), options, scratch);
  const auto& best = members.at(std::stoul(options.group->broadcast("")) - 1);
  if (experiment.protocol.cross_validates()) {
    help_cross_validation(best.experiment, *best.prepared, options, scratch);
  } else {
    help_fixed(best.experiment, *best.prepared, options, scratch);
  }
}

}  // namespace soundfold::protocols

// SPDX-License-Identifier: Apache-2.0
#include "distillation/run_distillation.h"

#include "config/load.h"
#include "config/print.h"
#include "distillation/internal/distillation.h"
#include "engines/torchscript_engine.h"
#include "extraction/clip_list.h"
#include "features/prepare.h"
#include "report_data/write_report.h"
#include "runs/open_run.h"
#include "runs/result.h"
#include "runs/tensorboard_log.h"
#include "splits/prepare_data.h"
#include "support/errors.h"
#include "support/files.h"
#include "support/hashing.h"
#include "support/logging.h"
#include "support/threads.h"
#include "support/version.h"
#include "text/json_number.h"
#include "yamnet/load_backbone.h"
#include "yamnet/module.h"
#include "yamnet/module_file.h"

#include <cmath>
#include <iomanip>
#include <sstream>

namespace soundfold::distillation {
namespace fs = std::filesystem;
namespace {

constexpr const char* kStudentFile = "student.pt";

std::vector<fs::path> recordings(const config::Experiment& experiment, std::string& description) {
  std::vector<fs::path> files;
  const auto& wanted = experiment.distillation;
  if (wanted.data) {
    auto options = splits::data_options(experiment.data);
    const auto data = dataset::load(options);
    dataset::Dataset left_out;
    if (wanted.leave_out_esc10) {
      options.classes.clear();
      options.esc10 = true;
      left_out = dataset::load(options);
    }
    files = distillation::files_without(data, left_out);
    description = data.description;
    if (wanted.leave_out_esc10) {
      description +=
          "; without ESC-10 and other clips cut from the same recordings: " + std::to_string(files.size()) + " clips";
    }
  }
  if (!wanted.folders.empty()) {
    const auto before = files.size();
    for (const auto& listed : extraction::list_clips(wanted.folders)) files.push_back(listed.clip.path);
    description += (description.empty() ? "" : "; ") + std::to_string(files.size() - before) + " sound files in " +
                   std::to_string(wanted.folders.size()) + " folders";
  }
  if (wanted.synthetic_clips > 0) {
    description +=
        (description.empty() ? "" : "; ") + std::to_string(wanted.synthetic_clips) + " synthesised sounds of 5 s";
  }
  return files;
}

nlohmann::json report_json(const distillation::EpochReport& report) {
  return {{"epoch", report.epoch},
          {"loss", number_or_null(report.loss)},
          {"embedding_distance", number_or_null(report.embedding)},
          {"score_divergence", number_or_null(report.score)},
          {"validation_loss", number_or_null(report.validation_loss)},
          {"validation_embedding_distance", number_or_null(report.validation_embedding)},
          {"validation_score_divergence", number_or_null(report.validation_score)},
          {"learning_rate", report.learning_rate},
          {"seconds", report.seconds}};
}

std::string run_fingerprint(const config::Experiment& experiment, const distillation::Sounds& sounds,
                            const engines::Backbone& teacher) {
  auto same = experiment;
  same.run = config::Run();
  same.report = config::Report();
  Hasher hasher(HashKind::xxh3_128);
  hasher.update(config::to_yaml(same) + version() + sounds.digest + teacher.weights_digest() +
                teacher.compute_type().text());
  return hasher.hex_digest();
}

/// Writes student.pt; returns its entry in result.json.
nlohmann::json save_student(const config::Experiment& experiment, weights::Weights weights,
                            const engines::Backbone& teacher, const fs::path& file) {
  weights.source = "student of " + teacher.weights_digest() + ", width " +
                   nlohmann::json(experiment.student.width).dump() + ", distilled by " + experiment.name;
  const auto module = yamnet::build_module(weights, static_cast<int>(experiment.backbone.patch_hop_frames));
  yamnet::save_module(module, weights, file);
  return {{"file", file.filename().string()},
          {"weights_digest", yamnet::tensors_digest(module)},
          {"parameters", weights.parameter_count()},
          {"embedding_size", weights.embedding_size()},
          {"width", experiment.student.width}};
}

distillation::DistillOptions distill_options(const config::Experiment& experiment, const runs::RunOptions& options) {
  distillation::DistillOptions distill;
  distill.device = options.device;
  distill.threads = thread_count(static_cast<int>(experiment.run.threads));
  distill.group = options.group;
  distill.resume = options.resume;
  return distill;
}

/// The network that labels, running, and its values.
struct RunningTeacher {
  std::unique_ptr<engines::Backbone> backbone;
  weights::Weights weights;
};

distillation::DistillationResult distil_student(const config::Experiment& experiment,
                                                std::shared_ptr<const distillation::Sounds> sounds,
                                                const RunningTeacher& teacher, const runs::RunOptions& options,
                                                const runs::RunFolder& run) {
  auto distill = distill_options(experiment, options);
  distill.checkpoint = run.checkpoint_file();
  runs::TensorboardLog events(experiment, run.path());
  distill.on_epoch = [&](const distillation::EpochReport& report) {
    const auto line = report_json(report);
    append_line(run.metrics_file(), line.dump());
    events.epoch(line);
  };
  try {
    return distillation::distill(experiment, std::move(sounds), *teacher.backbone, teacher.weights, distill);
  } catch (const Interrupted& stop) {
    throw Interrupted(std::string(stop.what()) + "; resume with: distiller --resume " + run.path().string(),
                      stop.signal);
  }
}

/// What follows once the run has its folder.
runs::RunResult distilled_run(const config::Experiment& experiment,
                              const std::shared_ptr<const distillation::Sounds>& sounds, const std::string& description,
                              const RunningTeacher& teacher, const std::string& print, const runs::RunOptions& options,
                              const runs::RunFolder& run) {
  logger().info("run: {}", run.path().string());
  const auto result = distil_student(experiment, sounds, teacher, options, run);
  std::string lines;
  for (const auto& report : result.history) lines += report_json(report).dump() + "\n";
  write_file_atomically(run.metrics_file(), lines);

  nlohmann::json json = {{"experiment", experiment.name},
                         {"soundfold_version", version()},
                         {"fingerprint", print},
                         {"teacher", teacher.backbone->weights_digest()},
                         {"sounds",
                          {{"description", description},
                           {"count", sounds->waveforms.size()},
                           {"recorded", sounds->recorded},
                           {"seconds", sounds->seconds()},
                           {"digest", sounds->digest}}},
                         {"epochs_run", result.history.size()}};
  json["last_epoch"] = result.history.empty() ? nlohmann::json() : report_json(result.history.back());
  json["student"] = save_student(experiment, result.weights, *teacher.backbone, run.path() / kStudentFile);
  runs::add_how_it_ran(run, experiment, options, json);
  run.finish(runs::sealed_text(json));
  report_data::write_distillation_report(experiment, json, run.path());
  return {run.path(), json, false, ""};
}

}  // namespace

runs::RunResult run_distillation(const config::Experiment& experiment, const runs::RunOptions& options,
                                 const SyntheticSound& synthetic) {
  runs::check_same_configuration(options.group, experiment);
  if (ranks::is_first(options.group)) runs::check_resumable(experiment, options);  // before the work of preparation
  engines::BackboneOptions how;
  how.engine = experiment.backbone.engine;
  how.precision = experiment.backbone.precision;
  how.device = engines::device_of(options.device);
  const RunningTeacher teacher{yamnet::load_backbone(experiment.backbone.weights, how),
                               yamnet::weights_from_file(experiment.backbone.weights)};
  distillation::check_teacher(experiment, teacher.weights);
  std::string description;
  distillation::SoundOptions wanted;
  wanted.files = recordings(experiment, description);
  wanted.channels = experiment.data.channels;
  wanted.sample_rate_hz = teacher.backbone->input().sample_rate_hz;
  wanted.synthetic_clips = experiment.distillation.synthetic_clips;
  wanted.synthetic = synthetic;
  wanted.threads = thread_count(static_cast<int>(experiment.run.threads));
  logger().info("sounds: {}", description);
  const auto sounds = distillation::gather_sounds(wanted);
  const auto print = run_fingerprint(experiment, *sounds, *teacher.backbone);
  runs::check_same_fingerprint(options.group, print);
  if (!ranks::is_first(options.group)) {
    if (!runs::all_train(options.group, true)) return {};
    distillation::distill(experiment, sounds, *teacher.backbone, teacher.weights, distill_options(experiment, options));
    return {};
  }
  if (options.skip_finished && !options.resume) {
    if (auto before = runs::finished_before(experiment, print, false)) {
      if (!report_data::has_report(before->folder)) {
        report_data::write_distillation_report(experiment, before->json, before->folder);
      }
      runs::all_train(options.group, false);
      return *before;
    }
  }
  const auto run = runs::open_run(experiment, options);
  runs::all_train(options.group, true);
  runs::RunResult result;
  runs::with_ending_logged(run, [&] {
    runs::with_resuming_told("distiller", run, [&] {
      result = distilled_run(experiment, sounds, description, teacher, print, options, run);
    });
  });
  return result;
}

std::string distillation_summary(const runs::RunResult& result) {
  const auto& json = result.json;
  const auto& student = json.at("student");
  const auto& last = json.at("last_epoch");
  std::ostringstream out;
  const auto line = [&](const char* name, const std::string& value) {
    out << "  " << std::left << std::setw(14) << name << value << "\n";
  };
  const auto number = [&](const char* key) {
    std::ostringstream text;
    if (last.is_object() && last.contains(key) && last[key].is_number()) {
      text << std::fixed << std::setprecision(4) << last[key].get<double>();
    } else {
      text << "none";
    }
    return text.str();
  };
  out << json.value("experiment", "")
      << (result.was_finished ? " was finished before with the same settings, sounds and weights\n" : "\n");
  line("sounds", json.at("sounds").value("description", ""));
  line("epochs", std::to_string(json.value("epochs_run", 0)));
  line("training", "loss " + number("loss") + ", embedding distance " + number("embedding_distance") +
                       ", score divergence " + number("score_divergence"));
  line("held out", "loss " + number("validation_loss") + ", embedding distance " +
                       number("validation_embedding_distance") + ", score divergence " +
                       number("validation_score_divergence"));
  line("student", (result.folder / student.value("file", "")).string() + ", " +
                      std::to_string(student.value("parameters", std::int64_t{0})) + " values, embedding of " +
                      std::to_string(student.value("embedding_size", std::int64_t{0})));
  line("device", runs::device_text(json));
  for (const auto& change : json.value("resumed_with", std::vector<std::string>())) line("resumed with", change);
  line("run", result.folder.string());
  return out.str() + report_data::report_line(result.folder);
}

}  // namespace soundfold::distillation

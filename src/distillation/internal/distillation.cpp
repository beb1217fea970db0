// SPDX-License-Identifier: Apache-2.0
#include "distillation/internal/distillation.h"

#include "config/options.h"
#include "distillation/internal/session.h"
#include "distillation/internal/student.h"
#include "distillation/internal/teacher_view.h"
#include "network/outputs.h"
#include "optimization/flush_denormals.h"
#include "support/errors.h"
#include "support/logging.h"

#include <cmath>
#include <cstdio>

namespace soundfold::distillation {
namespace {

/// Everything that determines how a distillation continues.
training::Fingerprint fingerprint_of(const config::Experiment& experiment, const Sounds& sounds,
                                     const engines::Backbone& teacher) {
  static const char* const kDeciding[] = {"seed", "student.", "distillation.", "optimizer.", "schedule.", "training."};
  // The digest of the sounds covers where they come from.
  static const char* const kCoveredByDigest[] = {"distillation.data", "distillation.folders",
                                                 "distillation.leave_out_esc10"};
  training::Fingerprint print;
  auto copy = experiment;
  for (const auto& option : config::options_of(copy)) {
    bool decides = false;
    for (const std::string prefix : kDeciding) decides = decides || option.key.compare(0, prefix.size(), prefix) == 0;
    for (const std::string key : kCoveredByDigest) decides = decides && option.key != key;
    if (decides) print[option.key] = config::value_text(option);
  }
  print["sounds"] = std::to_string(sounds.waveforms.size()) + " sounds, digest " + sounds.digest;
  print["teacher"] = teacher.weights_digest() + ", " + teacher.compute_type().text();
  return print;
}

void log_epoch(const EpochReport& report, std::int64_t epochs) {
  char text[240];
  std::snprintf(text, sizeof text, "epoch %lld/%lld loss %.4f (embedding %.4f, score %.3f)",
                static_cast<long long>(report.epoch), static_cast<long long>(epochs), report.loss, report.embedding,
                report.score);
  std::string line = text;
  if (!std::isnan(report.validation_loss)) {
    std::snprintf(text, sizeof text, ", held out %.4f (%.4f, %.3f)", report.validation_loss,
                  report.validation_embedding, report.validation_score);
    line += text;
  }
  std::snprintf(text, sizeof text, ", %.0f s", report.seconds);
  logger().info("{}{}", line, text);
}

}  // namespace

void check_teacher(const config::Experiment& experiment, const weights::Weights& teacher_weights) {
  const auto& teacher = teacher_weights.network;
  network::refuse_rows(teacher, "distillation");
  if (teacher.mobilenet) {
    throw UsageError(
        "distillation: a MobileNet cannot be the teacher; take YAMNet, CED or a network of YAMNet's family");
  }
  teacher_frames(teacher.input, student_network(teacher_weights).input);
  if (teacher.transformer && experiment.student.init == config::StudentInit::teacher) {
    throw UsageError(
        "student.init: teacher narrows the teacher's own blocks, and a transformer has none like its student's; use "
        "student.init: random");
  }
}

DistillationResult distill(const config::Experiment& experiment, std::shared_ptr<const Sounds> sounds,
                           const engines::Backbone& teacher, const weights::Weights& teacher_weights,
                           const DistillOptions& options) {
  check_teacher(experiment, teacher_weights);
  const optimization::FlushDenormals flush;
  auto print = fingerprint_of(experiment, *sounds, teacher);
  training::check_same_training(options.group, print);
  CropSchedule crop_schedule(experiment, sounds, teacher, student_network(teacher_weights).input,
                             {options.threads, options.group});
  Session session(experiment, teacher_weights, crop_schedule, options, std::move(print));
  if (const auto saved = options.resume ? training::find_checkpoint(options.checkpoint, options.group) : std::nullopt) {
    session.resume(*saved);
    if (options.progress) logger().info("resuming after epoch {}", session.epochs_done());
  }
  try {
    while (!session.finished()) {
      const auto& report = session.run_epoch();
      if (options.progress) log_epoch(report, experiment.training.epochs);
      if (options.on_epoch) options.on_epoch(report);
    }
  } catch (const ranks::RankLost& loss) {
    throw ranks::RankLost(std::string(loss.what()) + "; " + session.saved_text());
  }
  return session.result();
}

}  // namespace soundfold::distillation

// SPDX-License-Identifier: Apache-2.0
#include "training/trainer.h"

#include "optimization/flush_denormals.h"
#include "support/errors.h"
#include "support/logging.h"
#include "support/progress.h"
#include "training/internal/checks.h"
#include "training/internal/session.h"

#include <spdlog/spdlog.h>

#include <cmath>
#include <iomanip>
#include <memory>
#include <optional>
#include <sstream>

namespace soundfold::training {
namespace {

std::string divergence_text(std::int64_t epoch, std::int64_t batch, double loss) {
  std::ostringstream text;
  text << "training diverged in epoch " << epoch << ", batch " << batch << ": the loss is " << loss
       << "; lower optimizer.learning_rate or set optimizer.gradient_clip_norm";
  return text.str();
}

/// "loss 0.1234 accuracy 0.987 validation_loss 0.2345 ... (best)".
std::string describe(const EpochMetrics& metrics) {
  std::ostringstream text;
  text << std::fixed;
  const auto add = [&](const char* name, double value, int digits) {
    if (!std::isnan(value)) text << (text.tellp() > 0 ? " " : "") << name << " " << std::setprecision(digits) << value;
  };
  add("loss", metrics.loss, 4);
  add("accuracy", metrics.accuracy, 3);
  add("validation_loss", metrics.validation_loss, 4);
  add("validation_accuracy", metrics.validation_accuracy, 3);
  add("validation_clip_accuracy", metrics.validation_clip_accuracy, 3);
  return text.str() + (metrics.best ? " (best)" : "");
}

/// Reports each epoch: a bar on a terminal, otherwise one log line (which a log file gets in either case) and now and
/// then the time left.
class EpochReporter {
 public:
  EpochReporter(bool wanted, const std::string& name, std::int64_t done, std::int64_t epochs)
      : wanted_(wanted), name_(name.empty() ? "" : name + ": "), epochs_(epochs) {
    if (!wanted) return;
    progress_ = std::make_unique<Progress>("training", epochs, "epochs");
    progress_->skip(done);
  }
  void log_epoch(const EpochMetrics& metrics) {
    const auto text = describe(metrics);
    const auto level = wanted_ && !progress_bars_wanted() ? spdlog::level::info : spdlog::level::debug;
    logger().log(level, "{}epoch {}/{} {}", name_, metrics.epoch, epochs_, text);
    if (!progress_) return;
    if (progress_bars_wanted()) progress_->set_note(text);
    progress_->advance();
  }

 private:
  bool wanted_;
  std::string name_;
  std::int64_t epochs_;
  std::unique_ptr<Progress> progress_;
};

void run_epochs(Session& session, const Settings& settings, const TrainerOptions& options) {
  EpochReporter reporter(options.progress, options.name, session.epochs_done(), settings.training.epochs);
  while (!session.finished()) {
    const auto& metrics = session.run_epoch();
    reporter.log_epoch(metrics);
    if (options.on_epoch) options.on_epoch(metrics);
  }
}

}  // namespace

DivergenceError::DivergenceError(std::int64_t in_epoch, std::int64_t in_batch, double its_loss)
    : std::runtime_error(divergence_text(in_epoch, in_batch, its_loss)),
      epoch(in_epoch),
      batch(in_batch),
      loss(its_loss) {}

Outcome train(const Settings& settings, const heads::FeatureSet& train, const heads::FeatureSet& validation,
              std::int64_t class_count, const TrainerOptions& options) {
  check_training(settings, train, validation, class_count);
  const optimization::FlushDenormals flush;
  // Hashing the data takes a while; only checkpoints need it.
  auto fingerprint = options.checkpoint.empty()
                         ? Fingerprint()
                         : make_fingerprint(settings, train, validation, class_count, options.tail);
  check_same_training(options.group, fingerprint);
  const auto train_here = train.to(options.device);
  const auto validation_here = validation.to(options.device);
  Session session(settings, train_here, validation_here, class_count, options, std::move(fingerprint));
  const auto level = options.progress ? spdlog::level::info : spdlog::level::debug;
  const auto name = options.name.empty() ? std::string() : options.name + ": ";
  if (const auto saved = options.resume ? find_checkpoint(options.checkpoint, options.group) : std::nullopt) {
    session.resume(*saved);
    logger().log(level, "{}resuming after epoch {}", name, session.epochs_done());
  } else if (options.resume) {
    logger().log(level, "{}no epoch was saved; starting from the beginning", name);
  }
  try {
    run_epochs(session, settings, options);
  } catch (const ranks::RankLost& loss) {
    throw ranks::RankLost(std::string(loss.what()) + "; " + session.saved_text());
  }
  return session.outcome();
}

}  // namespace soundfold::training

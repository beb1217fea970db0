// SPDX-License-Identifier: Apache-2.0
#include "training/internal/session.h"

#include "device/random_streams.h"
#include "heads/prediction.h"
#include "support/errors.h"
#include "support/interrupt.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace soundfold::training {
namespace {

/// A mean loss above this has exploded: an untrained head's is near ln K.
constexpr double kLargestLoss = 1e6;
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

HistoryRow row_of(const EpochMetrics& epoch) {
  return {static_cast<double>(epoch.epoch),
          epoch.loss,
          epoch.accuracy,
          epoch.validation_loss,
          epoch.validation_accuracy,
          epoch.validation_clip_accuracy,
          epoch.learning_rate,
          epoch.seconds,
          epoch.best ? 1.0 : 0.0};
}

EpochMetrics metrics_of(const HistoryRow& row) {
  return {static_cast<std::int64_t>(row[0]), row[1], row[2], row[3], row[4], row[5], row[6], row[7], row[8] != 0.0};
}

}  // namespace

/// The random streams of one epoch.
struct Session::EpochDraws {
  Mixup mixup;
  at::Generator noise;
};

Session::Session(const Settings& settings, const heads::FeatureSet& train, const heads::FeatureSet& validation,
                 std::int64_t class_count, const TrainerOptions& options, Fingerprint fingerprint)
    : settings_(settings),
      current_train_(train),
      validation_(validation),
      options_(options),
      fingerprint_(std::move(fingerprint)),
      class_count_(class_count),
      network_(make_network(settings, train, class_count, options)),
      tail_(network_.tail, options.group),
      batches_(current_train_, network_.head->pools_clips(), settings.training.batch_size,
               settings.head.normalization == config::Normalization::batch,
               settings.training.sampling == config::Sampling::balanced),
      objective_(settings.objective),
      class_weights_(make_class_weights(settings.objective, batches_.targets(), class_count)),
      optimizer_(settings.optimizer, parameter_groups(settings, network_)),
      schedule_(settings.schedule, settings.optimizer.learning_rate, settings.training.epochs, batches_.batch_count(),
                settings.early_stopping),
      stopping_(settings.early_stopping.monitor, settings.early_stopping.mode,
                settings.early_stopping.enabled ? settings.early_stopping.patience : 0,
                settings.early_stopping.min_delta) {
  if (settings.training.ema_decay > 0) average_ = copy_of(network_, options.device);
}

void Session::set_backbone_rates() {
  if (!network_.tail) return;
  const auto& backbone = settings_.backbone;
  const auto blocks = network_.tail->blocks()->parameters_of_blocks().size();
  const auto warmup = backbone.warmup_epochs * static_cast<double>(batches_.batch_count());
  const auto step = static_cast<double>(optimizer_.step_count());
  auto factor =
      backbone.learning_rate / settings_.optimizer.learning_rate * std::min(1.0, (step + 1) / std::max(1.0, warmup));
  for (auto block = blocks; block > 0; --block) {
    optimizer_.set_rate_factor(block, factor);
    factor *= backbone.layer_decay;
  }
}

const EpochMetrics& Session::run_epoch() {
  const auto start = std::chrono::steady_clock::now();
  EpochMetrics metrics;
  metrics.epoch = epochs_done_ + 1;
  train_epoch(metrics);
  check_weights(metrics);
  validate(metrics);
  if (options_.group != nullptr) agree(metrics);
  judge(metrics);
  metrics.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  history_.push_back(metrics);
  epochs_done_ = metrics.epoch;
  save_if_due();
  return history_.back();
}

void Session::save_if_due() {
  if (options_.checkpoint.empty() || !ranks::is_first(options_.group)) return;
  const auto now = std::chrono::steady_clock::now();
  if (std::chrono::duration<double>(now - last_saved_).count() < options_.checkpoint_interval_s) return;
  save_checkpoint(options_.checkpoint, checkpoint());
  last_saved_ = std::chrono::steady_clock::now();
  epochs_saved_ = epochs_done_;
}

void Session::refresh_features(std::int64_t epoch) {
  if (!options_.fresh_features) return;
  try {
    current_train_.features = options_.fresh_features(epoch).to(options_.device);
  } catch (const Interrupted&) {
    stop_if_interrupted(epoch);
    throw;
  }
}

void Session::train_epoch(EpochMetrics& metrics) {
  refresh_features(metrics.epoch);
  const auto generator = [&](const torch::Device& device, Draw purpose) {
    return make_generator(device, stream_seed(settings_.seed, metrics.epoch, purpose));
  };
  batches_.shuffle(generator(torch::kCPU, Draw::order));
  network_.head->set_dropout_generator(generator(options_.device, Draw::dropout));
  EpochDraws draws{
      Mixup(settings_.augmentation.mixup_alpha, batches_.sizes(), generator(torch::kCPU, Draw::mixup), options_.device),
      generator(options_.device, Draw::noise)};
  network_.head->train();
  std::vector<BatchResult> results;
  for (std::int64_t batch = 0; batch < batches_.batch_count(); ++batch) {
    stop_if_interrupted(metrics.epoch);
    results.push_back(train_batch(batch, draws));
  }
  sum_up(results, metrics);
}

Session::BatchResult Session::train_batch(std::int64_t number, EpochDraws& draws) {
  auto batch = batches_.get(number);
  auto inputs = tail_.forward(batch.frames);
  if (const auto deviation = settings_.augmentation.noise_std; deviation > 0) {
    inputs = inputs + torch::empty_like(inputs).normal_(0, deviation, draws.noise);
  }
  const auto vectors = network_.head->pool(inputs, batch.clips);
  const auto mixed = draws.mixup.mix({vectors, batch.targets, batch.weights}, number, class_count_);
  const auto logits = network_.head->classify(mixed.vectors);
  auto losses = objective_.losses(logits, mixed.targets, class_weights_);
  if (mixed.weights.defined()) losses = losses * mixed.weights;
  const auto loss = losses.mean();
  optimizer_.clear_gradients();
  set_backbone_rates();
  loss.backward();
  tail_.backward();
  optimizer_.step(schedule_.learning_rate(optimizer_.step_count()));
  if (average_.head) {
    move_average(average_, network_, heads::average_decay(settings_.training.ema_decay, optimizer_.step_count()));
  }
  return {loss.detach(), logits.detach(), batch.targets};
}

std::string Session::saved_text() const {
  if (!ranks::is_first(options_.group)) return "what is saved is in the run's folder of rank 0";
  if (epochs_saved_ == 0) return "nothing is saved yet";
  return epochs_saved_ == 1 ? "epoch 1 is saved" : "epochs 1 to " + std::to_string(epochs_saved_) + " are saved";
}

void Session::stop_if_interrupted(std::int64_t epoch) const {
  throw_if_interrupted("stopped in epoch " + std::to_string(epoch) + "; " + saved_text());
}

void Session::sum_up(const std::vector<BatchResult>& results, EpochMetrics& metrics) {
  std::vector<torch::Tensor> losses, logits, targets;
  for (const auto& result : results) {
    losses.push_back(result.loss);
    logits.push_back(result.logits);
    targets.push_back(result.targets);
  }
  // Looked at once per epoch: looking after every batch would stall a GPU each time.
  const auto values = torch::stack(losses).to(torch::kCPU, torch::kFloat64);
  double sum = 0;
  for (std::int64_t batch = 0; batch < values.size(0); ++batch) {
    const auto loss = values.data_ptr<double>()[batch];
    if (!(std::abs(loss) <= kLargestLoss)) throw DivergenceError(metrics.epoch, batch + 1, loss);
    sum += loss * static_cast<double>(batches_.size_of(batch));
  }
  metrics.loss = sum / static_cast<double>(batches_.sample_count());
  metrics.accuracy = fraction_right(torch::cat(logits), torch::cat(targets)).item<double>();
  metrics.learning_rate = schedule_.learning_rate(optimizer_.step_count() - 1);
}

void Session::check_weights(const EpochMetrics& metrics) const {
  const torch::NoGradGuard no_gradients;
  // The last step can still ruin the weights after its loss was fine.
  std::vector<torch::Tensor> sums;
  for (const auto& parameter : trained_parameters(network_)) sums.push_back(parameter.sum());
  if (!torch::stack(sums).isfinite().all().item<bool>()) {
    throw DivergenceError(metrics.epoch, batches_.batch_count(), kNaN);
  }
}

void Session::validate(EpochMetrics& metrics) {
  metrics.validation_loss = metrics.validation_accuracy = metrics.validation_clip_accuracy = kNaN;
  if (validation_.empty()) return;
  const bool clips = network_.head->pools_clips();
  auto& network = evaluated();
  const auto predicted = heads::predict(network.head, head_features(network.tail, validation_, options_.group), 8192,
                                        /*with_frames=*/!clips);
  const auto& logits = clips ? predicted.clip_logits : predicted.frame_logits;
  const auto targets = clips ? validation_.targets : validation_.targets.index_select(0, validation_.clip_of_frame);
  metrics.validation_loss = objective_.losses(logits, targets).mean().item<double>();
  metrics.validation_accuracy = fraction_right(logits, targets).item<double>();
  metrics.validation_clip_accuracy = fraction_right(predicted.clip_logits, validation_.targets).item<double>();
}

void Session::agree(EpochMetrics& metrics) {
  for (const auto* each : {&network_, &average_}) take_first_ranks_state(*each, *options_.group);
  auto row = row_of(metrics);
  options_.group->broadcast({torch::from_blob(row.data(), {kHistoryColumns}, torch::kFloat64)});
  metrics = metrics_of(row);
}

void Session::judge(EpochMetrics& metrics) {
  const auto value = metric(metrics, settings_.early_stopping.monitor);
  metrics.best = stopping_.update(metrics.epoch, value);
  if (metrics.best) best_ = heads::copy_of(network_state(evaluated()));
  schedule_.epoch_done(metrics.epoch, value);
}

Outcome Session::outcome() {
  Outcome outcome;
  auto network = copy_of(evaluated(), torch::kCPU);
  if (settings_.early_stopping.restore_best && !best_.empty()) heads::copy_into(network_state(network), best_);
  outcome.head = network.head;
  outcome.tail = network.tail;
  outcome.head->eval();
  outcome.epochs_run = epochs_done_;
  outcome.best_epoch = stopping_.best_epoch();
  outcome.stopped_early = stopping_.should_stop() && epochs_done_ < settings_.training.epochs;
  if (options_.known_classes != nullptr) outcome.known_class_weight = settings_.head.known_class_weight;
  outcome.history = history_;
  return outcome;
}

torch::Tensor Session::progress_numbers() const {
  const auto stopping = stopping_.state();
  const auto schedule = schedule_.state();
  const auto count = [](std::int64_t number) { return static_cast<double>(number); };
  const std::vector<double> numbers = {count(epochs_done_),
                                       count(optimizer_.step_count()),
                                       stopping.best_value,
                                       stopping.reference,
                                       count(stopping.best_epoch),
                                       count(stopping.stalled),
                                       schedule.plateau_scale,
                                       schedule.plateau.best_value,
                                       schedule.plateau.reference,
                                       count(schedule.plateau.best_epoch),
                                       count(schedule.plateau.stalled)};
  return torch::tensor(numbers, torch::kFloat64);
}

void Session::restore_progress(const torch::Tensor& numbers) {
  const auto* n = numbers.data_ptr<double>();
  const auto count = [](double number) { return static_cast<std::int64_t>(number); };
  epochs_done_ = count(n[0]);
  stopping_.restore({n[2], n[3], count(n[4]), count(n[5])});
  schedule_.restore({n[6], {n[7], n[8], count(n[9]), count(n[10])}});
}

Checkpoint Session::checkpoint() {
  Checkpoint checkpoint;
  checkpoint.fingerprint = fingerprint_;
  checkpoint.tensors = {{"progress", progress_numbers()}, {"history", history_table(history_, row_of)}};
  checkpoint.add_group("head/", network_state(network_));
  checkpoint.add_group("optimizer/", optimizer_.state());
  if (average_.head) checkpoint.add_group("average/", network_state(average_));
  // When the newest epoch is the best, its state is there already.
  if (stopping_.best_epoch() != epochs_done_) checkpoint.add_group("best/", best_);
  return checkpoint;
}

void Session::resume(const Checkpoint& saved) {
  const auto different = differences(saved.fingerprint, fingerprint_);
  if (!different.empty()) {
    throw DataError(options_.checkpoint.string() + ": this checkpoint belongs to another training: " + different +
                    "; put that back, or start a new run");
  }
  try {
    const auto& numbers = saved.tensor("progress");
    restore_progress(numbers);
    epochs_saved_ = epochs_done_;
    history_ = history_from(saved.tensor("history"), metrics_of);
    heads::copy_into(network_state(network_), saved.group("head/"));
    optimizer_.restore(saved.group("optimizer/"), static_cast<std::int64_t>(numbers.data_ptr<double>()[1]));
    if (average_.head) heads::copy_into(network_state(average_), saved.group("average/"));
    best_ = stopping_.best_epoch() == epochs_done_ ? heads::copy_of(network_state(evaluated())) : saved.group("best/");
  } catch (const DataError& error) {
    throw DataError(options_.checkpoint.string() + ": " + error.what() + "; start the training again");
  }
}

}  // namespace soundfold::training

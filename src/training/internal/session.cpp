// SPDX-License-Identifier: Apache-2.0
#include "training/internal/session.h"

#include "device/random_streams.h"
#include "heads/prediction.h"
#include "support/errors.h"
#include "support/interrupt.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>

namespace soundfold::training {
namespace {

/// A mean loss above this has exploded: an untrained head's is near ln K.
constexpr double kLargestLoss = 1e6;
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr std::int64_t kMetricColumns = 9;

/// The network before training: the head's weights drawn, the tail's as imported.
Network make_network(const config::Experiment& experiment, const heads::FeatureSet& train, std::int64_t class_count,
                     const TrainerOptions& options) {
  const auto* known = options.known_classes;
  Network network;
  auto seen = train;
  if (options.tail != nullptr) {
    network.tail = finetuning::NetworkTail(*options.tail);
    network.tail->to(options.device);
    // The whole set is sent through the tail only when it is used.
    const bool measured = experiment.head.standardize || known != nullptr;
    seen.features = measured ? network.tail->forward_all(train.features)
                             : torch::empty({0, network.tail->output_size()}, train.features.options());
  }
  auto& head = network.head;
  head = heads::Head(
      heads::make_head_spec(experiment.head, seen.features.size(1), class_count, known, options.input_parts));
  head->draw_weights(make_generator(torch::kCPU, stream_seed(experiment.seed, 0, Draw::initial_weights)));
  head->to(options.device);
  if (experiment.head.standardize) head->fit_standardization(seen.features);
  if (known != nullptr) {
    head->fit_known_classes(*known, experiment.head.known_class_weight, seen.features, seen.segments(options.device));
  }
  return network;
}

/// The head in one group; then, when the backbone is trained, each of its blocks in one, the first block first.
std::vector<optimization::ParameterGroup> parameter_groups(const config::Experiment& experiment, Network& network) {
  std::vector<optimization::ParameterGroup> groups = {{network.head->parameters(), experiment.optimizer.weight_decay}};
  if (!network.tail) return groups;
  for (auto& block : network.tail->blocks()->parameters_of_blocks()) {
    groups.push_back({std::move(block), experiment.backbone.weight_decay});
  }
  return groups;
}

torch::Tensor history_table(const std::vector<EpochMetrics>& history) {
  auto table = torch::empty({static_cast<std::int64_t>(history.size()), kMetricColumns}, torch::kFloat64);
  auto* value = table.data_ptr<double>();
  for (const auto& row : history) {
    for (const auto number :
         {static_cast<double>(row.epoch), row.loss, row.accuracy, row.validation_loss, row.validation_accuracy,
          row.validation_clip_accuracy, row.learning_rate, row.seconds, row.best ? 1.0 : 0.0}) {
      *value++ = number;
    }
  }
  return table;
}

std::vector<EpochMetrics> history_from(const torch::Tensor& table) {
  std::vector<EpochMetrics> history;
  const auto* v = table.data_ptr<double>();
  for (std::int64_t row = 0; row < table.size(0); ++row, v += kMetricColumns) {
    history.push_back({static_cast<std::int64_t>(v[0]), v[1], v[2], v[3], v[4], v[5], v[6], v[7], v[8] != 0.0});
  }
  return history;
}

}  // namespace

/// The random streams of one epoch.
struct Session::EpochDraws {
  Mixup mixup;
  at::Generator noise;
};

Session::Session(const config::Experiment& experiment, const heads::FeatureSet& train,
                 const heads::FeatureSet& validation, std::int64_t class_count, const TrainerOptions& options,
                 Fingerprint fingerprint)
    : experiment_(experiment),
      current_train_(train),
      validation_(validation),
      options_(options),
      fingerprint_(std::move(fingerprint)),
      class_count_(class_count),
      network_(make_network(experiment, train, class_count, options)),
      batches_(current_train_, network_.head->pools_clips(), experiment.training.batch_size,
               experiment.head.normalization == "batch"),
      objective_(experiment.objective, class_count),
      class_weights_(make_class_weights(experiment.objective, batches_.targets(), class_count)),
      optimizer_(experiment.optimizer, parameter_groups(experiment, network_)),
      schedule_(experiment.schedule, experiment.optimizer.learning_rate, experiment.training.epochs,
                batches_.batch_count(), experiment.early_stopping),
      stopping_(experiment.early_stopping.monitor, experiment.early_stopping.mode,
                experiment.early_stopping.enabled ? experiment.early_stopping.patience : 0,
                experiment.early_stopping.min_delta) {
  if (experiment.training.ema_decay > 0) average_ = copy_of(network_, options.device);
}

void Session::set_backbone_rates() {
  if (!network_.tail) return;
  const auto& backbone = experiment_.backbone;
  const auto blocks = network_.tail->blocks()->parameters_of_blocks().size();
  const auto warmup = backbone.warmup_epochs * static_cast<double>(batches_.batch_count());
  const auto step = static_cast<double>(optimizer_.step_count());
  auto factor =
      backbone.learning_rate / experiment_.optimizer.learning_rate * std::min(1.0, (step + 1) / std::max(1.0, warmup));
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
  judge(metrics);
  metrics.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  history_.push_back(metrics);
  epochs_done_ = metrics.epoch;
  save_if_due();
  return history_.back();
}

void Session::save_if_due() {
  if (options_.checkpoint.empty()) return;
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
    return make_generator(device, stream_seed(experiment_.seed, metrics.epoch, purpose));
  };
  batches_.shuffle(generator(torch::kCPU, Draw::order));
  network_.head->set_dropout_generator(generator(options_.device, Draw::dropout));
  EpochDraws draws{Mixup(experiment_.augmentation.mixup_alpha, batches_.sizes(), generator(torch::kCPU, Draw::mixup),
                         options_.device),
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
  auto inputs = head_inputs(network_, batch.frames);
  if (const auto deviation = experiment_.augmentation.noise_std; deviation > 0) {
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
  optimizer_.step(schedule_.learning_rate(optimizer_.step_count()));
  if (average_.head) {
    move_average(average_, network_, heads::average_decay(experiment_.training.ema_decay, optimizer_.step_count()));
  }
  return {loss.detach(), logits.detach(), batch.targets};
}

void Session::stop_if_interrupted(std::int64_t epoch) const {
  const int signal = interrupt_signal();
  if (signal == 0) return;
  auto text = "stopped in epoch " + std::to_string(epoch);
  if (epochs_saved_ == 0) throw Interrupted(text + "; nothing is saved yet", signal);
  text += epochs_saved_ == 1 ? "; epoch 1 is saved" : "; epochs 1 to " + std::to_string(epochs_saved_) + " are saved";
  throw Interrupted(text, signal);
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
  const auto predicted =
      heads::predict(network.head, head_features(network.tail, validation_), 8192, /*with_frames=*/!clips);
  const auto& logits = clips ? predicted.clip_logits : predicted.frame_logits;
  const auto targets = clips ? validation_.targets : validation_.targets.index_select(0, validation_.clip_of_frame);
  metrics.validation_loss = objective_.losses(logits, targets).mean().item<double>();
  metrics.validation_accuracy = fraction_right(logits, targets).item<double>();
  metrics.validation_clip_accuracy = fraction_right(predicted.clip_logits, validation_.targets).item<double>();
}

void Session::judge(EpochMetrics& metrics) {
  const auto value = metric(metrics, experiment_.early_stopping.monitor);
  metrics.best = stopping_.update(metrics.epoch, value);
  if (metrics.best) best_ = heads::copy_of(network_state(evaluated()));
  schedule_.epoch_done(metrics.epoch, value);
}

Outcome Session::outcome() {
  Outcome outcome;
  auto network = copy_of(evaluated(), torch::kCPU);
  if (experiment_.early_stopping.restore_best && !best_.empty()) heads::copy_into(network_state(network), best_);
  outcome.head = network.head;
  outcome.tail = network.tail;
  outcome.head->eval();
  outcome.epochs_run = epochs_done_;
  outcome.best_epoch = stopping_.best_epoch();
  outcome.stopped_early = stopping_.should_stop() && epochs_done_ < experiment_.training.epochs;
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
  checkpoint.tensors = {{"progress", progress_numbers()}, {"history", history_table(history_)}};
  checkpoint.add_group("head/", network_state(network_));
  checkpoint.add_group("optimizer/", optimizer_.state());
  if (average_.head) checkpoint.add_group("average/", network_state(average_));
  // When the newest epoch is the best, its state is there already.
  if (stopping_.best_epoch() != epochs_done_) checkpoint.add_group("best/", best_);
  return checkpoint;
}

void Session::resume() {
  const auto saved = load_checkpoint(options_.checkpoint);
  const auto different = differences(saved.fingerprint, fingerprint_);
  if (!different.empty()) {
    throw DataError(options_.checkpoint.string() + ": this checkpoint belongs to another training: " + different +
                    "; put that back, or start a new run");
  }
  try {
    const auto& numbers = saved.tensor("progress");
    restore_progress(numbers);
    epochs_saved_ = epochs_done_;
    history_ = history_from(saved.tensor("history"));
    heads::copy_into(network_state(network_), saved.group("head/"));
    optimizer_.restore(saved.group("optimizer/"), static_cast<std::int64_t>(numbers.data_ptr<double>()[1]));
    if (average_.head) heads::copy_into(network_state(average_), saved.group("average/"));
    best_ = stopping_.best_epoch() == epochs_done_ ? heads::copy_of(network_state(evaluated())) : saved.group("best/");
  } catch (const DataError& error) {
    throw DataError(options_.checkpoint.string() + ": " + error.what() + "; start the training again");
  }
}

}  // namespace soundfold::training

// SPDX-License-Identifier: Apache-2.0
#include "distillation/internal/session.h"

#include "device/random_streams.h"
#include "distillation/internal/thinned_teacher.h"
#include "heads/head_state.h"
#include "support/errors.h"
#include "support/interrupt.h"
#include "training/trainer.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>

namespace soundfold::distillation {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kLargestLoss = 1e6;
constexpr std::int64_t kEvaluationBatch = 64;
/// Patches that a thinned-out teacher is fitted to, at most; never more than an epoch has.
constexpr std::int64_t kExamples = 600;

std::int64_t batches_of(const config::Experiment& experiment) {
  return (experiment.distillation.crops + experiment.training.batch_size - 1) / experiment.training.batch_size;
}

heads::NamedTensors state_of(const StudentImpl& student) {
  heads::NamedTensors state;
  for (const auto& item : student.named_parameters()) state.emplace_back(item.key(), item.value());
  for (const auto& item : student.named_buffers()) state.emplace_back(item.key(), item.value());
  return state;
}

StudentStart starting_student(const config::Experiment& experiment, const weights::Weights& teacher,
                              CropSchedule& crop_schedule) {
  const auto& given = experiment.student;
  const auto channels = student_channels(teacher, {given.width, given.channels, given.embedding_size});
  if (given.init == config::StudentInit::teacher)
    return thinned_teacher(teacher, channels,
                           crop_schedule.example_patches(std::min(kExamples, experiment.distillation.crops)));
  return untrained_student(teacher, channels, stream_seed(experiment.seed, 0, Draw::initial_weights));
}

Student new_student(const StudentStart& start, const DistillOptions& options) {
  Student student(start, options.group);
  student->to(options.device);
  return student;
}

void move_towards(StudentImpl& average, const StudentImpl& student, double decay) {
  const torch::NoGradGuard no_gradients;
  const auto targets = state_of(average), sources = state_of(student);
  for (std::size_t i = 0; i < targets.size(); ++i) {
    auto target = targets[i].second;
    target.lerp_(sources[i].second, 1.0 - decay);
  }
}

training::HistoryRow row_of(const EpochReport& epoch) {
  return {static_cast<double>(epoch.epoch),
          epoch.loss,
          epoch.embedding,
          epoch.score,
          epoch.validation_loss,
          epoch.validation_embedding,
          epoch.validation_score,
          epoch.learning_rate,
          epoch.seconds};
}

EpochReport report_of(const training::HistoryRow& row) {
  return {static_cast<std::int64_t>(row[0]), row[1], row[2], row[3], row[4], row[5], row[6], row[7], row[8]};
}

/// [3] of float64: loss, embedding, score, without gradients.
torch::Tensor numbers_of(const Distance& distance) {
  return torch::stack({distance.loss.detach(), distance.embedding.detach(), distance.score.detach()})
      .to(torch::kFloat64);
}

}  // namespace

Session::Session(const config::Experiment& experiment, const weights::Weights& teacher_weights,
                 CropSchedule& crop_schedule, const DistillOptions& options, training::Fingerprint fingerprint)
    : experiment_(experiment),
      crop_schedule_(crop_schedule),
      options_(options),
      fingerprint_(std::move(fingerprint)),
      start_(starting_student(experiment, teacher_weights, crop_schedule)),
      student_(new_student(start_, options)),
      optimizer_(experiment.optimizer, student_->parameters()),
      schedule_(experiment.schedule, experiment.optimizer.learning_rate, experiment.training.epochs,
                batches_of(experiment), experiment.early_stopping) {
  agree();
  if (experiment.training.ema_decay <= 0) return;
  average_ = new_student(start_, options);
  heads::copy_into(state_of(*average_), state_of(*student_));
}

Distance Session::distance_on(Student& student, const LabelledCrops& crops, const torch::Tensor& rows) const {
  const auto take = [&](const torch::Tensor& all) { return all.index_select(0, rows).to(options_.device); };
  const auto& weights = experiment_.distillation;
  return distance(student->forward(take(crops.patches)), take(crops.embeddings), take(crops.scores),
                  {weights.embedding_weight, weights.size_weight, weights.score_weight});
}

/// This rank's part of a batch; all of one that has fewer rows than there are ranks, whose mean is the same.
torch::Tensor Session::own_rows(const torch::Tensor& rows) const {
  const auto* group = options_.group;
  if (group == nullptr || rows.size(0) < group->size()) return rows;
  const auto part = ranks::part_of(rows.size(0), group->rank(), group->size());
  return rows.narrow(0, part.begin, part.count());
}

void Session::sum_over_ranks(const torch::Tensor& sums) const {
  if (options_.group != nullptr) options_.group->sum({sums});
}

/// Ranks go on with rank 0's values: processors of several kinds round the last bits in several ways.
void Session::agree() {
  if (options_.group == nullptr) return;
  for (const auto& each : {student_, average_}) {
    if (!each) continue;
    for (const auto& [name, tensor] : state_of(*each)) options_.group->broadcast({tensor});
  }
}

torch::Tensor Session::train_batch(const LabelledCrops& crops, const torch::Tensor& rows) {
  const auto own = own_rows(rows);
  const auto sharing = options_.group == nullptr ? 1 : options_.group->size();
  const auto all = own.size(0) < rows.size(0) ? rows.size(0) : sharing * rows.size(0);
  const auto difference = distance_on(student_, crops, own);
  optimizer_.clear_gradients();
  if (options_.group == nullptr) {
    difference.loss.backward();
  } else {
    (difference.loss * (static_cast<double>(own.size(0)) / static_cast<double>(all))).backward();
    std::vector<torch::Tensor> gradients;
    for (const auto& parameter : student_->parameters()) {
      if (parameter.grad().defined()) gradients.push_back(parameter.grad());
    }
    options_.group->sum(gradients);
  }
  optimizer_.step(schedule_.learning_rate(optimizer_.step_count()));
  if (average_) {
    move_towards(*average_, *student_, heads::average_decay(experiment_.training.ema_decay, optimizer_.step_count()));
  }
  return numbers_of(difference) *
         (static_cast<double>(rows.size(0)) * static_cast<double>(own.size(0)) / static_cast<double>(all));
}

void Session::train_epoch(const LabelledCrops& crops, EpochReport& report) {
  student_->train();
  const auto count = crops.count(), batch_size = experiment_.training.batch_size;
  auto generator = make_generator(torch::kCPU, stream_seed(experiment_.seed, report.epoch, Draw::order));
  const auto order = torch::randperm(count, generator, torch::kLong);
  auto sums = torch::zeros({3}, torch::dtype(torch::kFloat64).device(options_.device));
  for (std::int64_t begin = 0; begin < count; begin += batch_size) {
    stop_if_interrupted(report.epoch);
    // A last batch of one patch still has six values per channel in the last maps, enough for a batch norm.
    sums += train_batch(crops, order.narrow(0, begin, std::min(batch_size, count - begin)));
  }
  sum_over_ranks(sums);
  const auto means = (sums / static_cast<double>(count)).to(torch::kCPU);
  const auto* mean = means.data_ptr<double>();
  if (!(std::abs(mean[0]) <= kLargestLoss)) {
    throw training::DivergenceError(report.epoch, batches_of(experiment_), mean[0]);
  }
  report.loss = mean[0];
  report.embedding = mean[1];
  report.score = mean[2];
  report.learning_rate = schedule_.learning_rate(optimizer_.step_count() - 1);
}

void Session::evaluate(EpochReport& report) {
  const auto& crops = crop_schedule_.validation();
  report.validation_loss = report.validation_embedding = report.validation_score = kNaN;
  if (crops.count() == 0) return;
  const torch::NoGradGuard no_gradients;
  auto student = evaluated();
  student->eval();
  auto sums = torch::zeros({3}, torch::kFloat64);
  const auto* group = options_.group;
  const auto batches = (crops.count() + kEvaluationBatch - 1) / kEvaluationBatch;
  const auto part = group == nullptr ? ranks::Part{0, batches} : ranks::part_of(batches, group->rank(), group->size());
  for (auto begin = part.begin * kEvaluationBatch; begin < std::min(part.end * kEvaluationBatch, crops.count());
       begin += kEvaluationBatch) {
    const auto rows = torch::arange(begin, std::min(begin + kEvaluationBatch, crops.count()), torch::kLong);
    sums += numbers_of(distance_on(student, crops, rows)).to(torch::kCPU) * static_cast<double>(rows.size(0));
  }
  sum_over_ranks(sums);
  sums /= static_cast<double>(crops.count());
  report.validation_loss = sums[0].item<double>();
  report.validation_embedding = sums[1].item<double>();
  report.validation_score = sums[2].item<double>();
}

const EpochReport& Session::run_epoch() {
  const auto start = std::chrono::steady_clock::now();
  EpochReport report;
  report.epoch = epochs_done() + 1;
  train_epoch(crop_schedule_.training_crops(report.epoch), report);
  agree();
  evaluate(report);
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  history_.push_back(report);
  if (!options_.checkpoint.empty() && ranks::is_first(options_.group))
    training::save_checkpoint(options_.checkpoint, checkpoint());
  return history_.back();
}

std::string Session::saved_text() const {
  if (!ranks::is_first(options_.group)) return "what is saved is in the run's folder of rank 0";
  return options_.checkpoint.empty() || epochs_done() == 0
             ? "nothing is saved yet"
             : "epochs 1 to " + std::to_string(epochs_done()) + " are saved";
}

void Session::stop_if_interrupted(std::int64_t epoch) const {
  throw_if_interrupted("stopped in epoch " + std::to_string(epoch) + "; " + saved_text());
}

training::Checkpoint Session::checkpoint() const {
  training::Checkpoint checkpoint;
  checkpoint.fingerprint = fingerprint_;
  checkpoint.tensors = {{"history", training::history_table(history_, row_of)},
                        {"steps", torch::tensor({optimizer_.step_count()}, torch::kInt64)}};
  checkpoint.add_group("student/", state_of(*student_));
  checkpoint.add_group("optimizer/", optimizer_.state());
  if (average_) checkpoint.add_group("average/", state_of(*average_));
  return checkpoint;
}

void Session::resume(const training::Checkpoint& saved) {
  const auto different = training::differences(saved.fingerprint, fingerprint_);
  if (!different.empty()) {
    throw DataError(options_.checkpoint.string() + ": this checkpoint belongs to another distillation: " + different +
                    "; put that back, or start a new run");
  }
  try {
    history_ = training::history_from(saved.tensor("history"), report_of);
    heads::copy_into(state_of(*student_), saved.group("student/"));
    optimizer_.restore(saved.group("optimizer/"), saved.tensor("steps").item<std::int64_t>());
    if (average_) heads::copy_into(state_of(*average_), saved.group("average/"));
  } catch (const DataError& error) {
    throw DataError(options_.checkpoint.string() + ": " + error.what() + "; start the distillation again");
  }
}

DistillationResult Session::result() const {
  return {evaluated()->weights(start_.weights), history_};
}

}  // namespace soundfold::distillation

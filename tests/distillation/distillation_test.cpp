// SPDX-License-Identifier: Apache-2.0
#include "distillation/internal/distillation.h"

#include "distillation/internal/labelled_crops.h"
#include "distillation/internal/student.h"
#include "distillation/internal/teacher_view.h"
#include "finetuning/tiny_network.h"
#include "frontend/patch_stream.h"
#include "ranks/ranks_of_threads.h"
#include "support/errors.h"
#include "support/interrupt.h"
#include "synthesis/synthesize.h"
#include "testing/generated_weights.h"
#include "testing/testing.h"
#include "yamnet/load_backbone.h"
#include "yamnet/module.h"
#include "yamnet/module_file.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <csignal>

using namespace soundfold;

namespace {

struct Crash {};

/// A teacher of the tiny network's shape, from a file as in use.
struct Teacher {
  testing::TempFolder folder;
  weights::Weights weights = testing::tiny_network(31);
  std::unique_ptr<engines::Backbone> backbone;

  Teacher() {
    yamnet::save_module(yamnet::build_module(weights), weights, folder / "teacher.pt");
    engines::BackboneOptions options;
    options.engine = engines::Engine::torchscript;
    backbone = yamnet::load_backbone(folder / "teacher.pt", options);
  }
};

std::shared_ptr<const distillation::Sounds> some_sounds(std::int64_t count = 8) {
  distillation::SoundOptions options;
  options.synthetic_clips = count;
  options.synthetic = [](std::int64_t number) { return synthesis::numbered_sound(number, 3).waveform; };
  return distillation::gather_sounds(options);
}

config::Experiment small_distillation() {
  config::Experiment experiment;
  experiment.seed = 5;
  experiment.program = config::Program::distiller;
  experiment.student.width = 1;
  experiment.distillation.crops = 40;
  experiment.distillation.validation_share = 0.25;
  experiment.distillation.validation_crops = 16;
  experiment.distillation.speed_percent = 5;
  experiment.training.epochs = 3;
  experiment.training.batch_size = 8;
  experiment.optimizer.learning_rate = 0.01;
  experiment.schedule.type = config::ScheduleType::cosine;
  return experiment;
}

distillation::DistillationResult distill_quietly(const config::Experiment& experiment, const Teacher& teacher,
                                                 distillation::DistillOptions options = {}) {
  options.progress = false;
  return distillation::distill(experiment, some_sounds(), *teacher.backbone, teacher.weights, options);
}

std::vector<float> values_of(const weights::Weights& weights) {
  std::vector<float> values;
  const auto add = [&](const std::vector<float>& more) { values.insert(values.end(), more.begin(), more.end()); };
  for (const auto& layer : weights.layers) {
    for (const auto* each : {&layer.kernel, &layer.beta, &layer.mean, &layer.variance}) add(*each);
  }
  add(weights.classifier_kernel);
  add(weights.classifier_bias);
  return values;
}

double row_difference(const torch::Tensor& row, const std::vector<float>& expected) {
  return (row - torch::tensor(expected)).abs().max().item<double>();
}

}  // namespace

TEST_CASE("distilling a tiny network lowers its distance to the teacher on held-out sounds", "[distillation]") {
  const Teacher teacher;
  auto experiment = small_distillation();
  experiment.training.epochs = 25;
  experiment.distillation.crops = 120;
  experiment.distillation.new_crops_after = 0;
  experiment.distillation.speed_percent = 0;
  const auto result = distill_quietly(experiment, teacher);
  REQUIRE(result.history.size() == 25);
  const auto &first = result.history.front(), &last = result.history.back();
  CHECK(last.loss < 0.6 * first.loss);
  CHECK(last.validation_embedding < 0.6 * first.validation_embedding);
  CHECK(last.validation_score < first.validation_score);
  CHECK(last.score >= 0);
}

TEST_CASE("a transformer with another front end labels its student's crops", "[distillation]") {
  auto network = testing::small_ced();
  network.transformer->depth = 1;
  const auto teacher = testing::generated_weights(network);
  const testing::TempFolder folder;
  yamnet::save_module(yamnet::build_module(teacher), teacher, folder / "teacher.pt");
  const auto backbone = yamnet::load_backbone(folder / "teacher.pt", {});
  const distillation::Crops crops(some_sounds(2), {0, 1}, {});
  const frontend::InputRecipe student;
  const auto labelled = distillation::label_crops(crops, "pool", 18, *backbone, student, {2}, "labelling");
  const auto crop = crops.get("pool", 17);
  CHECK(labelled.patches.size(1) == student.patch_values());
  CHECK(row_difference(labelled.patches[17], frontend::spectrogram(crop).log_mel) == 0);
  // What the teacher gives for the crop as a clip: 1 + 15,600 / 160 frames.
  CHECK(distillation::teacher_frames(backbone->input(), student) == 98);
  std::vector<float> seen(98 * 64), embedding(48), scores(32);
  frontend::LogMel log_mel(backbone->input());
  frontend::PatchStream stream(log_mel, [&](const frontend::Patch& patch) {
    REQUIRE(patch.frames == 98);
    std::copy_n(patch.log_mel, seen.size(), seen.begin());
  });
  stream.push(crop.data(), crop.size());
  REQUIRE(stream.finish() == 1);
  backbone->run_frames(seen.data(), 1, 98, embedding.data(), scores.data());
  CHECK(row_difference(labelled.embeddings[17], embedding) < 1e-5);
  CHECK(row_difference(labelled.scores[17], scores) < 1e-5);

  auto experiment = small_distillation();
  experiment.student.width = 0.1;
  experiment.training.epochs = 6;
  distillation::DistillOptions options;
  options.progress = false;
  const auto result = distillation::distill(experiment, some_sounds(), *backbone, teacher, options);
  CHECK(result.history.back().loss < 0.9 * result.history.front().loss);
  CHECK(result.weights.class_count() == 32);
  CHECK(result.weights.network.input == student);

  experiment.student.init = config::StudentInit::teacher;
  CHECK_THROWS_WITH(distillation::distill(experiment, some_sounds(), *backbone, teacher, options),
                    Catch::Contains("use student.init: random"));
  auto shorter = network.input;
  shorter.patch_frames = 97;
  CHECK_THROWS_WITH(distillation::teacher_frames(shorter, student),
                    Catch::Contains("98 frames to the teacher, whose windows have 16 to 97"));
  shorter.sample_rate_hz = 32'000;
  CHECK_THROWS_WITH(distillation::teacher_frames(shorter, student), Catch::Contains("32000 Hz"));
  auto whole = student;
  whole.patch_frames = 200;
  CHECK_THROWS_WITH(distillation::teacher_frames(whole, student), Catch::Contains("windows of 2.015 s only"));
}

TEST_CASE("a student's file runs as a backbone and gives what the student gave", "[distillation]") {
  const Teacher teacher;
  const auto experiment = small_distillation();
  const auto result = distill_quietly(experiment, teacher);
  const auto file = teacher.folder / "student.pt";
  yamnet::save_module(yamnet::build_module(result.weights), result.weights, file);
  const auto backbone = yamnet::load_backbone(file, {});
  CHECK(backbone->embedding_size() == result.weights.embedding_size());
  const auto patches = testing::random_patches(6, 2);
  const auto size = backbone->embedding_size(), classes = backbone->class_count();
  auto embeddings = torch::empty({6, size}), scores = torch::empty({6, classes});
  backbone->run(patches.data_ptr<float>(), 6, embeddings.data_ptr<float>(), scores.data_ptr<float>());
  distillation::StudentStart kept;
  kept.weights = result.weights;
  distillation::Student student(kept);
  student->eval();
  const torch::NoGradGuard no_gradients;
  const auto output = student->forward(patches);
  CHECK((output.embeddings - embeddings).abs().max().item<double>() < 1e-4);
  CHECK((output.logits.sigmoid() - scores).abs().max().item<double>() < 1e-4);
}

TEST_CASE("distillation repeats bit by bit on any number of threads, and resumes to the same", "[distillation]") {
  const Teacher teacher;
  auto experiment = small_distillation();
  experiment.training.ema_decay = GENERATE(0.0, 0.9);
  experiment.distillation.new_crops_after = GENERATE(0, 2);
  experiment.student.embedding_size = 6;  // with a projection
  experiment.student.init = GENERATE(config::StudentInit::random, config::StudentInit::teacher);
  const auto uninterrupted = distill_quietly(experiment, teacher);
  distillation::DistillOptions threads;
  threads.threads = 3;
  CHECK(values_of(distill_quietly(experiment, teacher, threads).weights) == values_of(uninterrupted.weights));
  for (std::int64_t crash = 1; crash < 3; ++crash) {
    distillation::DistillOptions options;
    options.checkpoint = teacher.folder / ("checkpoint" + std::to_string(crash));
    options.on_epoch = [&](const distillation::EpochReport& report) {
      if (report.epoch == crash) throw Crash();
    };
    CHECK_THROWS_AS(distill_quietly(experiment, teacher, options), Crash);
    options.on_epoch = nullptr;
    options.resume = true;
    const auto resumed = distill_quietly(experiment, teacher, options);
    INFO("crash after epoch " << crash);
    CHECK(values_of(resumed.weights) == values_of(uninterrupted.weights));
    CHECK(resumed.history.size() == 3);
    CHECK(resumed.history.back().validation_loss == uninterrupted.history.back().validation_loss);
  }
}

TEST_CASE("a checkpoint of another distillation is refused, and no sounds at all are", "[distillation]") {
  const Teacher teacher;
  auto experiment = small_distillation();
  experiment.training.epochs = 1;
  distillation::DistillOptions options;
  options.checkpoint = teacher.folder / "checkpoint.pt";
  distill_quietly(experiment, teacher, options);
  options.resume = true;
  experiment.distillation.score_weight = 0.5;
  CHECK_THROWS_WITH(distill_quietly(experiment, teacher, options),
                    Catch::Contains("distillation.score_weight was 0.05, is 0.5"));
  distillation::SoundOptions silence;
  CHECK_THROWS_AS(distillation::gather_sounds(silence), DataError);
}

TEST_CASE("an interrupted distillation has its last complete epoch on disk", "[distillation]") {
  const Teacher teacher;
  const auto experiment = small_distillation();
  install_interrupt_handler();
  clear_interrupt();
  distillation::DistillOptions options;
  options.checkpoint = teacher.folder / "checkpoint.pt";
  options.on_epoch = [](const distillation::EpochReport& report) {
    if (report.epoch == 2) std::raise(SIGINT);
  };
  CHECK_THROWS_AS(distill_quietly(experiment, teacher, options), Interrupted);
  clear_interrupt();
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
  options.on_epoch = nullptr;
  options.resume = true;
  CHECK(values_of(distill_quietly(experiment, teacher, options).weights) ==
        values_of(distill_quietly(experiment, teacher).weights));
}

TEST_CASE("ranks distil what one distils, all the same, and more or fewer resume it", "[distillation]") {
  if (!ranks::can_join()) return testing::skip_case("this build has no Gloo");
  const Teacher teacher;
  auto experiment = small_distillation();
  experiment.distillation.crops = 41;  // a last batch of one, which both ranks take
  experiment.training.ema_decay = 0.9;
  experiment.student.init = GENERATE(config::StudentInit::random, config::StudentInit::teacher);
  // An untrained student's batch norms amplify rounding from step to step, and Adam makes full steps of gradients that
  // are zero but for rounding.
  experiment.optimizer.type = config::OptimizerType::sgd;
  const double tolerance = experiment.student.init == config::StudentInit::random ? 1e-2 : 1e-4;
  const testing::TempFolder folder;
  const auto ranked = [&](int size, bool resume, std::int64_t crash) {
    std::vector<distillation::DistillationResult> results(static_cast<std::size_t>(size));
    const auto ended = testing::run_ranks(size, testing::loopback_meeting(), [&](ranks::Group& group) {
      const Teacher own;  // backbones are used by one process each
      distillation::DistillOptions options;
      options.group = &group;
      options.checkpoint = folder / "checkpoint.pt";
      options.resume = resume;
      options.on_epoch = [&](const distillation::EpochReport& report) {
        if (report.epoch == crash) throw DataError("crash");
      };
      results[static_cast<std::size_t>(group.rank())] = distill_quietly(experiment, own, options);
    });
    CHECK(ended[0] == (crash > 0 ? "crash" : ""));
    return results;
  };
  constexpr double kRounding = 5e-6;  // of a distance, which is a difference of numbers near 1
  const auto near = [&](const distillation::DistillationResult& one, const distillation::DistillationResult& other) {
    const auto a = values_of(one.weights), b = values_of(other.weights);
    REQUIRE(a.size() == b.size());
    double largest = 0;
    for (std::size_t i = 0; i < a.size(); ++i) largest = std::max(largest, std::abs(double{a[i]} - double{b[i]}));
    CHECK(largest < 10 * tolerance);
    for (std::size_t epoch = 0; epoch < one.history.size(); ++epoch) {
      CHECK(one.history[epoch].loss == Approx(other.history[epoch].loss).epsilon(tolerance).margin(kRounding));
      CHECK(one.history[epoch].validation_loss ==
            Approx(other.history[epoch].validation_loss).epsilon(tolerance).margin(kRounding));
    }
  };
  const auto alone = distill_quietly(experiment, teacher);
  const auto two = ranked(2, false, 0);
  near(two[0], alone);
  CHECK(values_of(two[1].weights) == values_of(two[0].weights));
  ranked(2, false, 2);
  near(ranked(3, true, 0)[0], alone);
  ranked(2, false, 2);
  CHECK(values_of(ranked(2, true, 0)[0].weights) == values_of(two[0].weights));
}

// SPDX-License-Identifier: Apache-2.0
#include "distillation/internal/student.h"

#include "distillation/internal/loss.h"
#include "distillation/internal/thinned_teacher.h"
#include "finetuning/tiny_network.h"
#include "support/errors.h"
#include "testing/generated_weights.h"

#include <catch2/catch.hpp>

#include <cmath>

using namespace soundfold;

TEST_CASE("a student has the teacher's layers at its own width", "[distillation]") {
  weights::Weights teacher;
  teacher.network = network::yamnet_description();
  teacher.classifier_bias.assign(521, -3.0F);
  teacher.class_names.assign(521, "class");
  const auto student = [&](const distillation::StudentShape& shape, std::uint64_t seed) {
    return distillation::untrained_student(teacher, distillation::student_channels(teacher, shape), seed).weights;
  };
  const auto half = student({0.5, {}, 0}, 1);
  CHECK(half.layers.size() == 27);
  CHECK(half.network.layers[0].out_channels == 16);
  CHECK(half.network.layers[25].out_channels == 512);
  CHECK(half.network.layers[25].stride == 1);
  CHECK(half.embedding_size() == 512);
  CHECK(half.classifier_kernel.size() == 521 * 512);
  CHECK(half.classifier_bias == teacher.classifier_bias);
  CHECK(half.layers[3].kernel.size() == static_cast<std::size_t>(32 * 9));
  const auto quarter = student({0.25, {}, 1024}, 1);
  CHECK(quarter.network.layers[0].out_channels == 8);
  CHECK(quarter.network.layers[1].out_channels == 8);
  CHECK(quarter.network.layers[24].out_channels == 256);
  CHECK(quarter.embedding_size() == 1024);
  CHECK(half.layers[0].kernel != student({0.5, {}, 0}, 2).layers[0].kernel);
  CHECK(half.layers[0].kernel == student({0.5, {}, 0}, 1).layers[0].kernel);
  CHECK_THROWS_WITH(student({0.5, {8, 8}, 0}, 1), Catch::Contains("2 numbers, the teacher has 14 blocks"));
  CHECK_THROWS_WITH(student({0.5, std::vector<std::int64_t>(14, 48), 0}, 1), Catch::Contains("block 1 has 48"));
  const std::vector<std::int64_t> given = {12, 24, 48, 48, 96, 96, 192, 192, 192, 192, 192, 256, 448, 512};
  CHECK(student({0.5, given, 0}, 1).network.layers[26].in_channels == 448);
}

TEST_CASE("the student of a transformer is of YAMNet's family and goes through a projection with signs",
          "[distillation]") {
  auto network = testing::small_ced();
  const auto teacher = testing::generated_weights(network);
  CHECK(distillation::student_network(teacher).input == network::yamnet_description().input);
  const auto channels = distillation::student_channels(teacher, {0.25, {}, 48});
  CHECK(channels.size() == 14);
  const auto start = distillation::untrained_student(teacher, channels, 1);
  CHECK(start.weights.tensors.empty());
  CHECK_FALSE(start.weights.network.transformer);
  CHECK(start.weights.class_names == teacher.class_names);
  CHECK(start.weights.classifier_bias == teacher.classifier_bias);
  REQUIRE(start.projection.sizes() == torch::IntArrayRef({48, 48}));  // though sizes are equal
  distillation::Student student(start);
  student->eval();
  CHECK(student->forward(testing::random_patches(3, 4)).embeddings.min().item<double>() < 0);
  CHECK_THROWS_WITH(distillation::student_channels(teacher, {0.5, {8, 8}, 0}),
                    Catch::Contains("YAMNet, a transformer"));
}

TEST_CASE("batch norms learn their batches' statistics and use them afterwards", "[distillation]") {
  const auto teacher = testing::tiny_network(3);
  const auto begin = distillation::untrained_student(teacher, {8, 8, 8, 8}, 1);
  const auto& start = begin.weights;
  distillation::Student student(begin);
  const auto patches = testing::random_patches(16, 4);
  student->train();
  torch::Tensor in_training;
  for (int i = 0; i < 150; ++i) in_training = student->forward(patches).embeddings.detach();
  student->eval();
  const auto afterwards = student->forward(patches).embeddings.detach();
  // One batch over and over: what was learnt is its statistics, but for the variance's n / (n - 1).
  CHECK((afterwards - in_training).abs().max().item<double>() < 0.01);
  CHECK(in_training.abs().max().item<double>() > 0.1);
  const auto weights = student->weights(start);
  CHECK(weights.layers[0].mean != start.layers[0].mean);
  CHECK(weights.layers[0].variance != start.layers[0].variance);
  CHECK(weights.layers[0].kernel == start.layers[0].kernel);
  CHECK((testing::module_outputs(weights, patches).first - afterwards).abs().max().item<double>() < 1e-4);
}

TEST_CASE("the distance is 0 for equal outputs, and agrees with hand computation for others", "[distillation]") {
  const auto embeddings = torch::tensor({{3.0, 4.0}, {0.0, 2.0}});
  const auto scores = torch::tensor({{0.5, 1.0}, {0.25, 0.0}});
  // Logits whose sigmoid is the score; 40 stands for a probability of 1.
  const auto logits = torch::tensor({{0.0, 40.0}, {std::log(0.25 / 0.75), -40.0}});
  const auto none = distillation::distance({embeddings, logits}, embeddings, scores, {1, 1, 1});
  CHECK(none.embedding.item<double>() == Approx(0).margin(1e-6));
  CHECK(none.score.item<double>() == Approx(0).margin(1e-6));
  CHECK(none.size.item<double>() == Approx(0).margin(1e-6));

  const auto orthogonal = torch::tensor({{4.0, -3.0}, {0.0, -1.0}});  // cosines 0 and -1
  const auto difference =
      distillation::distance({orthogonal, torch::zeros({2, 2})}, embeddings, scores, {2, 0.25, 0.5});
  CHECK(difference.embedding.item<double>() == Approx((1.0 + 2.0) / 2));
  // At a probability of one half the cross-entropy is ln 2 for every score; less the entropies of 0.5, 1, 0.25, 0.
  const double entropy = std::log(2.0) - 0.25 * std::log(0.25) - 0.75 * std::log(0.75);
  CHECK(difference.score.item<double>() == Approx((4 * std::log(2.0) - entropy) / 2));
  CHECK(difference.size.item<double>() == Approx((50 / 25.0 + 9 / 4.0) / 2).epsilon(1e-3));
  CHECK(difference.loss.item<double>() ==
        Approx(2 * 1.5 + 0.25 * difference.size.item<double>() + 0.5 * difference.score.item<double>()));
}

TEST_CASE("columns that the others do not give are chosen", "[distillation]") {
  auto generator = at::detail::createCPUGenerator(3);
  const auto base = torch::randn({200, 3}, generator, torch::kFloat64);
  // Columns 1 and 3 repeat others; column 4 is small but its own.
  const auto rows = torch::stack({base.select(1, 0) * 3, base.select(1, 0) * 2, base.select(1, 1),
                                  base.select(1, 1) * 0.9, base.select(1, 2) * 0.1},
                                 1);
  CHECK(distillation::chosen_columns(rows, 3) == std::vector<std::int64_t>{0, 2, 4});
  CHECK(distillation::chosen_columns(rows, 1) == std::vector<std::int64_t>{0});
}

TEST_CASE("removing no channel gives the teacher; removing some stays closer than chance", "[distillation]") {
  const auto activation = GENERATE(network::Activation::relu, network::Activation::relu6);
  const auto teacher = testing::tiny_network(3, activation);
  const auto patches = testing::random_patches(60, 4), others = testing::random_patches(20, 5);
  const auto [embeddings, scores] = testing::module_outputs(teacher, others);
  const auto whole = distillation::thinned_teacher(teacher, {4, 6, 6, 8}, patches);
  const auto same = testing::module_outputs(whole.weights, others);
  CHECK((same.first - embeddings).abs().max().item<double>() < 1e-4);
  CHECK((same.second - scores).abs().max().item<double>() < 1e-4);
  CHECK_FALSE(whole.projection.defined());
  CHECK_FALSE(whole.learns_statistics);

  const auto thin = distillation::thinned_teacher(teacher, {3, 4, 4, 6}, patches);
  REQUIRE(thin.projection.sizes() == torch::IntArrayRef({8, 6}));
  distillation::Student student(thin), chance(distillation::untrained_student(teacher, {3, 4, 4, 6}, 1));
  student->eval();
  chance->eval();
  const distillation::LossWeights weights{1, 1, 1};
  const auto fitted = distillation::distance(student->forward(others), embeddings, scores, weights);
  const auto random = distillation::distance(chance->forward(others), embeddings, scores, weights);
  CHECK(fitted.embedding.item<double>() < 0.2 * random.embedding.item<double>());
  CHECK(fitted.score.item<double>() < 0.5 * random.score.item<double>());
}

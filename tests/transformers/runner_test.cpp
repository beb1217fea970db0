// SPDX-License-Identifier: Apache-2.0
#include "transformers/runner.h"

#include "support/errors.h"
#include "testing/generated_weights.h"
#include "transformers/golden.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <thread>

using namespace soundfold;
using namespace soundfold::testing;
using namespace soundfold::transformers;

namespace {

constexpr std::int64_t kBands = 64;

/// Log-mel values of `frames` frames, unlike for every `seed`.
std::vector<float> some_log_mel(std::int64_t frames, std::uint64_t seed) {
  std::vector<float> values;
  for (std::int64_t i = 0; i < frames * kBands; ++i) {
    values.push_back(static_cast<float>(-30 + 40 * generated_value(seed, static_cast<std::uint64_t>(i))));
  }
  return values;
}

struct Outcome {
  std::vector<float> embeddings, columns, scores;
};

Outcome outcome(Runner& runner, const std::vector<float>& log_mel, std::int64_t count, std::int64_t filled = 0) {
  const auto network = small_ced();
  const std::int64_t frames = static_cast<std::int64_t>(log_mel.size()) / count / kBands;
  const auto of = [&](std::int64_t values) { return std::vector<float>(static_cast<std::size_t>(count * values)); };
  Outcome made{of(network.embedding_size()), of(network.embedding_size() * network.transformer->columns(frames)),
               of(network.class_count)};
  Results results;
  results.embeddings = made.embeddings.data();
  results.columns = made.columns.data();
  results.scores = made.scores.data();
  runner.run({log_mel.data(), count, frames, filled}, results);
  return made;
}

std::shared_ptr<Model> small_model() {
  return make_model(generated_weights(small_ced()), Arithmetic::float32);
}

std::vector<float> joined(std::vector<float> first, const std::vector<float>& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

}  // namespace

TEST_CASE("patches computed together give what each gives alone", "[transformers]") {
  Runner runner(small_model());
  const std::int64_t frames = GENERATE(16, 501, 1'012);
  std::vector<float> all;
  Outcome alone;
  for (std::uint64_t i = 0; i < 9; ++i) {
    const auto patch = some_log_mel(frames, i);
    const auto one = outcome(runner, patch, 1);
    all = joined(std::move(all), patch);
    alone = {joined(alone.embeddings, one.embeddings), joined(alone.columns, one.columns),
             joined(alone.scores, one.scores)};
  }
  const auto together = outcome(runner, all, 9);
  CHECK(largest_difference(together.embeddings, alone.embeddings) < 1e-5);
  CHECK(largest_difference(together.columns, alone.columns) < 1e-5);
  CHECK(largest_difference(together.scores, alone.scores) < 1e-5);
  CHECK(std::abs(alone.embeddings[0] - alone.embeddings[48]) > 1e-3);
}

TEST_CASE("frames after the last whole column change nothing", "[transformers]") {
  Runner runner(small_model());
  auto log_mel = some_log_mel(47, 1);
  const auto long_one = outcome(runner, log_mel, 1);
  log_mel.resize(32 * kBands);
  const auto short_one = outcome(runner, log_mel, 1);
  CHECK(long_one.embeddings == short_one.embeddings);
  CHECK(long_one.columns.size() == 2 * 48);
}

TEST_CASE("filled frames are those that the normalisation makes 0", "[transformers]") {
  const auto weights = generated_weights(small_ced());
  Runner runner(small_model());
  auto log_mel = joined(some_log_mel(100, 1), some_log_mel(100, 2));
  const auto filled = outcome(runner, log_mel, 2, 40);
  const auto& tensors = weights.tensors;
  for (std::int64_t frame = 160; frame < 200; ++frame) {
    for (std::size_t b = 0; b < 64; ++b) {
      const double deviation = std::sqrt(tensors.at("encoder.init_bn.running_var")[b] + 1e-5);
      const double zero = tensors.at("encoder.init_bn.running_mean")[b] -
                          tensors.at("encoder.init_bn.bias")[b] * deviation / tensors.at("encoder.init_bn.weight")[b];
      log_mel[static_cast<std::size_t>(frame) * kBands + b] = static_cast<float>(zero);
    }
  }
  const auto plain = outcome(runner, log_mel, 2);
  CHECK(largest_difference(filled.embeddings, plain.embeddings) < 1e-5);
}

TEST_CASE("an embedding is the mean of its columns, and scores are the sigmoid of logits", "[transformers]") {
  Runner runner(small_model());
  const auto made = outcome(runner, some_log_mel(200, 3), 1);
  for (std::size_t d = 0; d < 48; ++d) {
    double sum = 0;
    for (std::size_t column = 0; column < 12; ++column) sum += made.columns[column * 48 + d];
    CHECK(made.embeddings[d] == Approx(sum / 12).margin(1e-6));
  }
  std::vector<float> logits(32), scores(32);
  runner.classify(made.embeddings.data(), 1, logits.data(), scores.data());
  CHECK(scores == made.scores);
  for (std::size_t i = 0; i < 32; ++i) CHECK(scores[i] == Approx(1 / (1 + std::exp(-double{logits[i]}))).margin(1e-6));
}

TEST_CASE("the first blocks alone give the tokens that the whole network passes there", "[transformers]") {
  Runner runner(small_model());
  const std::int64_t frames = 60, tokens = 3 * 4;
  const auto log_mel = joined(some_log_mel(frames, 1), some_log_mel(frames, 2));
  const Patches patches{log_mel.data(), 2, frames};
  const auto values_of = [&](const Tokens& of) {
    return std::vector<float>(of.values, of.values + of.count * tokens * 48);
  };
  std::vector<std::vector<float>> passed;
  Results results;
  results.watch = [&](const Tokens& of) { passed.push_back(values_of(of)); };
  runner.run(patches, results);
  REQUIRE(passed.size() == 3);
  for (std::size_t blocks = 0; blocks <= 2; ++blocks) {
    std::int64_t calls = 0;
    runner.run_blocks(patches, blocks, [&](const Tokens& of) {
      CHECK(of.blocks_done == blocks);
      CHECK(values_of(of) == passed[blocks]);
      ++calls;
    });
    CHECK(calls == 1);
  }
  CHECK_THROWS_WITH(runner.run_blocks(patches, 3, {}), Catch::Contains("has 2 blocks"));
}

TEST_CASE("more shapes than are kept give the same values again", "[transformers]") {
  const auto model = small_model();
  Runner runner(model);
  const auto first = outcome(runner, some_log_mel(64, 4), 1);
  for (std::int64_t columns = 1; columns <= 12; ++columns) outcome(runner, some_log_mel(16 * columns, 5), 1);
  CHECK(outcome(runner, some_log_mel(64, 4), 1).embeddings == first.embeddings);
}

TEST_CASE("runners of one network work on threads of their own", "[transformers]") {
  const auto model = small_model();
  Runner here(model);
  const auto expected = outcome(here, some_log_mel(80, 6), 1).embeddings;
  std::vector<std::vector<float>> seen(4);
  std::vector<std::thread> threads;
  for (auto& result : seen) {
    threads.emplace_back([&] {
      Runner runner(model);
      for (std::int64_t columns = 1; columns < 6; ++columns) {
        result = outcome(runner, some_log_mel(16 * columns, 6), 1).embeddings;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  for (const auto& result : seen) CHECK(result == expected);
}

TEST_CASE("patches and weights that cannot be are refused", "[transformers]") {
  auto weights = generated_weights(small_ced());
  Runner runner(make_model(weights, Arithmetic::float32));
  CHECK_THROWS_WITH(outcome(runner, some_log_mel(15, 1), 1), Catch::Contains("16 to 1023 frames, given: 15"));
  CHECK_THROWS_WITH(outcome(runner, some_log_mel(1'024, 1), 1), Catch::Contains("given: 1024"));
  CHECK_THROWS_AS(outcome(runner, some_log_mel(20, 1), 1, 21), UsageError);
  weights.tensors.at("encoder.blocks.1.mlp.fc2.bias").pop_back();
  CHECK_THROWS_WITH(make_model(weights, Arithmetic::float32),
                    Catch::Contains("encoder.blocks.1.mlp.fc2.bias has 47 values, not 48"));
  weights.tensors.at("encoder.blocks.1.mlp.fc2.bias").push_back(0);
  weights.tensors.erase("encoder.norm.weight");
  CHECK_THROWS_WITH(make_model(weights, Arithmetic::float32), Catch::Contains("encoder.norm.weight"));
  weights.network.transformer.reset();
  CHECK_THROWS_AS(make_model(weights, Arithmetic::float32), UsageError);
}

// SPDX-License-Identifier: Apache-2.0
#include "transformers/golden.h"

#include "primitives/onednn_api.h"
#include "support/processor.h"
#include "testing/generated_weights.h"
#include "transformers/runner.h"

#include <catch2/catch.hpp>

using namespace soundfold;
using namespace soundfold::testing;
using namespace soundfold::transformers;

namespace {

/// What a runner gives for a clip, patch by patch.
struct Found {
  std::vector<float> columns, embedding, logits;
  std::vector<std::vector<float>> tokens;  ///< before the first block and after each
};

Found found(Runner& runner, const CedClip& clip, const network::Description& network) {
  const auto d = static_cast<std::size_t>(network.embedding_size()), count = static_cast<std::size_t>(clip.patches);
  const auto columns = static_cast<std::size_t>(network.transformer->columns(clip.frames));
  Found found;
  std::vector<float> embeddings(count * d);
  found.columns.resize(count * columns * d);
  found.tokens.resize(static_cast<std::size_t>(network.transformer->depth) + 1);
  Results results;
  results.embeddings = embeddings.data();
  results.columns = found.columns.data();
  results.watch = [&](const Tokens& tokens) {
    auto& all = found.tokens.at(tokens.blocks_done);
    all.insert(all.end(), tokens.values, tokens.values + tokens.count * static_cast<std::int64_t>(4 * columns * d));
  };
  runner.run({clip.log_mel.data(), clip.patches, clip.frames, clip.filled}, results);
  found.embedding.assign(d, 0);
  for (std::size_t i = 0; i < embeddings.size(); ++i) {
    found.embedding[i % d] += embeddings[i] / static_cast<float>(count);
  }
  found.logits.resize(static_cast<std::size_t>(network.class_count));
  runner.classify(found.embedding.data(), 1, found.logits.data(), nullptr);
  return found;
}

void check_clip(Runner& runner, const std::string& signal, const std::string& model,
                const network::Description& network) {
  INFO(signal << ", " << model);
  const Found result = found(runner, ced_clip(signal), network);
  const auto expect = [&](const std::vector<float>& values, const std::string& what, double tolerance) {
    INFO(what);
    CHECK(largest_difference(values, ced_reference(signal + "." + model + "." + what).values) < tolerance);
  };
  expect(result.embedding, "embedding", 1e-5);
  expect(result.logits, "logits", 1e-5);
  if (model != "small") return;
  expect(result.columns, "columns", 2e-5);
  expect(result.tokens.at(0), "tokens", 2e-5);
  expect(result.tokens.at(1), "block0", 2e-5);
  expect(result.tokens.at(2), "block1", 2e-5);
}

}  // namespace

TEST_CASE("CED's tokens, blocks, embeddings and logits are the reference's", "[transformers][assets]") {
  const std::string model = GENERATE("small", "probe", "tiny");
  const auto network = model == "tiny" ? network::ced_description(network::CedSize::tiny) : small_ced();
  const auto weights = generated_weights(network);
  Runner runner(make_model(model == "probe" ? epsilon_probe(weights) : weights, Arithmetic::float32));
  for (const auto& signal : ced_signal_names()) check_clip(runner, signal, model, network);
}

TEST_CASE("bfloat16 stays near float32", "[transformers][assets]") {
  if (!primitives::processor_has_bfloat16()) {
    WARN("not tested: this processor has no bfloat16");
    return;
  }
  const auto network = network::ced_description(network::CedSize::tiny);
  Runner runner(make_model(generated_weights(network), Arithmetic::bfloat16));
  for (const auto& signal : ced_signal_names()) {
    INFO(signal);
    const Found result = found(runner, ced_clip(signal), network);
    const auto difference = largest_difference(result.embedding, ced_reference(signal + ".tiny.embedding").values);
    CHECK(difference < 0.1);
    CHECK(difference > 1e-5);  // or it is float32
  }
}

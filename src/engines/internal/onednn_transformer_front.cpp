// SPDX-License-Identifier: Apache-2.0
#include "engines/internal/onednn_transformer.h"
#include "network/transformer_cut.h"
#include "support/errors.h"
#include "transformers/runner.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace soundfold::engines::onednn {
namespace {

/// What all runners of one front share.
struct LoadedFront {
  std::shared_ptr<transformers::Model> model;
  network::Description network;
  std::string digest;
  std::int64_t blocks = 0;
};

class TransformerFront final : public Backbone {
 public:
  explicit TransformerFront(std::shared_ptr<const LoadedFront> loaded) : loaded_(std::move(loaded)) {}

  const frontend::InputRecipe& input() const override { return loaded_->network.input; }

  void run(const float* patches, std::int64_t patch_count, float* embeddings, float* scores) override {
    run_frames(patches, patch_count, input().patch_frames, embeddings, scores);
  }

  void run_frames(const float* patches, std::int64_t patch_count, std::int64_t frames, float* embeddings,
                  float* /*scores*/) override {
    check_frames(frames);
    const auto row_size = embedding_size(), columns = transformer().columns(frames);
    const auto values = network::token_count(transformer(), frames, input().mel_bands) * transformer().embedding_size;
    std::fill_n(embeddings, patch_count * row_size, 0.0F);
    with_its_errors(Precision::float32, [&] {
      if (!runner_) runner_.emplace(loaded_->model);
      const auto blocks = static_cast<std::size_t>(loaded_->blocks);
      runner_->run_blocks({patches, patch_count, frames}, blocks, [&](const transformers::Tokens& tokens) {
        for (std::int64_t p = 0; p < tokens.count; ++p) {
          float* row = embeddings + (tokens.first + p) * row_size;
          row[0] = static_cast<float>(columns);
          std::copy_n(tokens.values + p * values, values, row + 1);
        }
      });
    });
  }

  std::unique_ptr<Backbone> share() const override { return std::make_unique<TransformerFront>(loaded_); }
  std::int64_t embedding_size() const override {
    return network::cut_row_size(transformer(), input().patch_frames, input().mel_bands);
  }
  std::int64_t class_count() const override { return 0; }
  const std::vector<std::string>& class_names() const override { return no_names_; }
  const std::string& weights_digest() const override { return loaded_->digest; }
  ComputeType compute_type() const override { return {DeviceKind::cpu, EngineUsed::onednn, Precision::float32}; }
  std::string outputs() const override { return "tokens after block " + std::to_string(loaded_->blocks); }
  std::int64_t preferred_batch() const override {
    return transformers::patches_together(network::token_count(transformer(), input().patch_frames, input().mel_bands));
  }

 private:
  const network::Transformer& transformer() const { return *loaded_->network.transformer; }

  std::shared_ptr<const LoadedFront> loaded_;
  std::optional<transformers::Runner> runner_;
  std::vector<std::string> no_names_;
};

}  // namespace

std::unique_ptr<Backbone> transformer_front(const weights::Weights& weights, std::string digest, std::int64_t blocks) {
  const auto depth = weights.network.transformer ? weights.network.transformer->depth : 0;
  if (blocks < 1 || blocks >= depth) {
    throw UsageError("the blocks of a transformer up to number " + std::to_string(blocks) + ": it has " +
                     std::to_string(depth));
  }
  auto loaded = std::make_shared<LoadedFront>();
  with_its_errors(Precision::float32,
                  [&] { loaded->model = transformers::make_model(weights, transformers::Arithmetic::float32); });
  loaded->network = weights.network;
  loaded->digest = std::move(digest);
  loaded->blocks = blocks;
  return std::make_unique<TransformerFront>(std::move(loaded));
}

}  // namespace soundfold::engines::onednn

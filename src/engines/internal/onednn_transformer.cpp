// SPDX-License-Identifier: Apache-2.0
#include "engines/internal/onednn_transformer.h"

#include "engines/internal/onednn_edges.h"
#include "network/outputs.h"
#include "network/transformer_cut.h"
#include "support/errors.h"
#include "transformers/runner.h"

#include <dnnl.hpp>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace soundfold::engines::onednn {
namespace {

/// What all runners of one transformer share.
struct LoadedTransformer : LoadedNetwork {
  std::shared_ptr<transformers::Model> model;
  std::vector<std::int64_t> taps;  ///< numbers of blocks from 1, ascending
};

class TransformerBackbone final : public NetworkBackbone {
 public:
  explicit TransformerBackbone(const std::shared_ptr<const LoadedTransformer>& loaded)
      : NetworkBackbone(loaded), loaded_(loaded) {}

  void run_frames(const float* patches, std::int64_t patch_count, std::int64_t frames, float* embeddings,
                  float* scores) override {
    check_frames(frames);
    with_its_errors(loaded_->precision, [&] {
      if (!runner_) runner_.emplace(loaded_->model);
      const transformers::Patches given{patches, patch_count, frames};
      if (input().row_frames > 0) {
        runner_->run(given, {nullptr, embeddings, nullptr, nullptr, {}});
        runner_->classify(embeddings, patch_count * input().rows_of_patch(frames), nullptr, scores);
      } else if (loaded_->taps.empty()) {
        runner_->run(given, {embeddings, nullptr, nullptr, scores, {}});
      } else {
        run_tapped(given, embeddings, scores);
      }
    });
  }

  std::unique_ptr<Backbone> share() const override { return std::make_unique<TransformerBackbone>(loaded_); }
  std::int64_t embedding_size() const override { return network::embedding_size(loaded_->network, loaded_->taps); }
  std::vector<std::int64_t> embedding_parts() const override {
    return std::vector<std::int64_t>(1 + 2 * loaded_->taps.size(), loaded_->network.embedding_size());
  }
  std::int64_t class_count() const override { return loaded_->network.class_count; }
  std::int64_t preferred_batch() const override {
    const auto& transformer = *loaded_->network.transformer;
    return transformers::patches_together(transformer.columns(input().patch_frames) *
                                          transformer.rows(input().mel_bands));
  }

 private:
  /// Rows of the network's own embedding, and means and maxima of the tokens after each tapped block.
  void run_tapped(const transformers::Patches& patches, float* rows, float* scores) {
    const std::int64_t d = loaded_->network.embedding_size(), row_size = embedding_size();
    const auto& transformer = *loaded_->network.transformer;
    std::vector<float> own(static_cast<std::size_t>(patches.count * d));
    transformers::Results results;
    results.embeddings = own.data();
    results.scores = scores;
    results.watch = [&](const transformers::Tokens& tokens) {
      const auto at =
          std::find(loaded_->taps.begin(), loaded_->taps.end(), static_cast<std::int64_t>(tokens.blocks_done));
      if (at == loaded_->taps.end()) return;
      Tap tap;
      tap.positions = transformer.columns(patches.frames) * transformer.rows(input().mel_bands);
      tap.channels = d;
      tap.offset = d + 2 * d * (at - loaded_->taps.begin());
      take_tap(tap, tokens.values, tokens.count, row_size, rows + tokens.first * row_size);
    };
    runner_->run(patches, results);
    for (std::int64_t p = 0; p < patches.count; ++p) std::copy_n(own.data() + p * d, d, rows + p * row_size);
  }

  std::shared_ptr<const LoadedTransformer> loaded_;
  std::optional<transformers::Runner> runner_;
};

/// What all runners of one front share.
struct LoadedFront : LoadedNetwork {
  std::shared_ptr<transformers::Model> model;
  std::int64_t blocks = 0;
};

class TransformerFront final : public NetworkBackbone {
 public:
  explicit TransformerFront(const std::shared_ptr<const LoadedFront>& loaded)
      : NetworkBackbone(loaded), loaded_(loaded) {}

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
  std::string outputs() const override { return "tokens after block " + std::to_string(loaded_->blocks); }
  std::int64_t preferred_batch() const override {
    return transformers::patches_together(network::token_count(transformer(), input().patch_frames, input().mel_bands));
  }

 private:
  const network::Transformer& transformer() const { return *loaded_->network.transformer; }

  std::shared_ptr<const LoadedFront> loaded_;
  std::optional<transformers::Runner> runner_;
};

}  // namespace

void with_its_errors(Precision precision, const std::function<void()>& body) {
  try {
    body();
  } catch (const dnnl::error& error) {
    throw DataError("oneDNN cannot run this network in " + name_of(precision) + ": " + error.message +
                    "; use engine torchscript");
  }
}

std::unique_ptr<Backbone> transformer_backbone(weights::Weights weights, std::string digest,
                                               const BackboneOptions& options) {
  const Precision precision = settled(options.precision);
  if (precision == Precision::int8) {
    throw UsageError("precision int8 needs YAMNet's TFLite file; a transformer runs in float32 or bfloat16");
  }
  if (!options.taps.empty()) network::refuse_rows(weights.network, "backbone.taps");
  const std::int64_t depth = weights.network.transformer->depth;
  for (const auto tap : options.taps) {
    if (tap < 1 || tap >= depth) {
      throw UsageError("backbone.taps: blocks from 1 to " + std::to_string(depth - 1) +
                       ", given: " + std::to_string(tap));
    }
  }
  auto loaded = std::make_shared<LoadedTransformer>();
  const auto arithmetic =
      precision == Precision::bfloat16 ? transformers::Arithmetic::bfloat16 : transformers::Arithmetic::float32;
  with_its_errors(precision, [&] { loaded->model = transformers::make_model(weights, arithmetic); });
  loaded->network = weights.network;
  loaded->class_names = std::move(weights.class_names);
  loaded->digest = std::move(digest);
  loaded->precision = precision;
  loaded->taps = options.taps;
  return std::make_unique<TransformerBackbone>(std::move(loaded));
}

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

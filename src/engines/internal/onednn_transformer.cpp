// SPDX-License-Identifier: Apache-2.0
#include "engines/internal/onednn_transformer.h"

#include "support/errors.h"
#include "transformers/runner.h"

#include <dnnl.hpp>

#include <optional>
#include <utility>
#include <vector>

namespace soundfold::engines::onednn {
namespace {

/// What all runners of one transformer share.
struct LoadedTransformer {
  std::shared_ptr<transformers::Model> model;
  network::Description network;
  std::vector<std::string> class_names;
  std::string digest;
  Precision precision = Precision::float32;
};

class TransformerBackbone final : public Backbone {
 public:
  explicit TransformerBackbone(std::shared_ptr<const LoadedTransformer> loaded) : loaded_(std::move(loaded)) {}

  const frontend::InputRecipe& input() const override { return loaded_->network.input; }

  void run(const float* patches, std::int64_t patch_count, float* embeddings, float* scores) override {
    run_frames(patches, patch_count, input().patch_frames, embeddings, scores);
  }

  void run_frames(const float* patches, std::int64_t patch_count, std::int64_t frames, float* embeddings,
                  float* scores) override {
    check_frames(frames);
    with_its_errors(loaded_->precision, [&] {
      if (!runner_) runner_.emplace(loaded_->model);
      runner_->run({patches, patch_count, frames}, {embeddings, nullptr, nullptr, scores, {}});
    });
  }

  std::unique_ptr<Backbone> share() const override { return std::make_unique<TransformerBackbone>(loaded_); }
  std::int64_t embedding_size() const override { return loaded_->network.embedding_size(); }
  std::int64_t class_count() const override { return loaded_->network.class_count; }
  const std::vector<std::string>& class_names() const override { return loaded_->class_names; }
  const std::string& weights_digest() const override { return loaded_->digest; }
  ComputeType compute_type() const override { return {DeviceKind::cpu, EngineUsed::onednn, loaded_->precision}; }
  std::int64_t preferred_batch() const override {
    const auto& transformer = *loaded_->network.transformer;
    return transformers::patches_together(transformer.columns(input().patch_frames) *
                                          transformer.rows(input().mel_bands));
  }

 private:
  std::shared_ptr<const LoadedTransformer> loaded_;
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
  if (!options.taps.empty()) throw UsageError("backbone.taps: a transformer has none; leave them out");
  auto loaded = std::make_shared<LoadedTransformer>();
  const auto arithmetic =
      precision == Precision::bfloat16 ? transformers::Arithmetic::bfloat16 : transformers::Arithmetic::float32;
  with_its_errors(precision, [&] { loaded->model = transformers::make_model(weights, arithmetic); });
  loaded->network = weights.network;
  loaded->class_names = std::move(weights.class_names);
  loaded->digest = std::move(digest);
  loaded->precision = precision;
  return std::make_unique<TransformerBackbone>(std::move(loaded));
}

}  // namespace soundfold::engines::onednn

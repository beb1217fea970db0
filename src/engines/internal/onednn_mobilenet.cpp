// SPDX-License-Identifier: Apache-2.0
#include "engines/internal/onednn_transformer.h"
#include "mobilenets/runner.h"
#include "support/errors.h"

#include <optional>
#include <utility>
#include <vector>

namespace soundfold::engines::onednn {
namespace {

/// What all runners of one MobileNet share.
struct LoadedMobileNet : LoadedNetwork {
  std::shared_ptr<mobilenets::Model> model;
};

class MobileNetBackbone final : public NetworkBackbone {
 public:
  explicit MobileNetBackbone(const std::shared_ptr<const LoadedMobileNet>& loaded)
      : NetworkBackbone(loaded), loaded_(loaded) {}

  void run_frames(const float* patches, std::int64_t patch_count, std::int64_t frames, float* embeddings,
                  float* scores) override {
    check_frames(frames);
    with_its_errors(Precision::float32, [&] {
      if (!runner_) runner_.emplace(loaded_->model);
      runner_->run(patches, patch_count, frames, embeddings, scores);
    });
  }

  std::unique_ptr<Backbone> share() const override { return std::make_unique<MobileNetBackbone>(loaded_); }
  std::int64_t embedding_size() const override { return loaded_->network.embedding_size(); }
  std::int64_t class_count() const override { return loaded_->network.class_count; }
  /// Maps of one patch fill the caches already.
  std::int64_t preferred_batch() const override { return 1; }

 private:
  std::shared_ptr<const LoadedMobileNet> loaded_;
  std::optional<mobilenets::Runner> runner_;
};

}  // namespace

std::unique_ptr<Backbone> mobilenet_backbone(weights::Weights weights, std::string digest,
                                             const BackboneOptions& options) {
  if (const Precision precision = settled(options.precision); precision != Precision::float32) {
    throw UsageError("precision " + name_of(precision) + ": a MobileNet runs in float32 only");
  }
  if (!options.taps.empty()) {
    throw UsageError("backbone.taps: the maps inside of a MobileNet are not given; leave it out");
  }
  auto loaded = std::make_shared<LoadedMobileNet>();
  with_its_errors(Precision::float32, [&] { loaded->model = mobilenets::make_model(weights); });
  loaded->network = std::move(weights.network);
  loaded->class_names = std::move(weights.class_names);
  loaded->digest = std::move(digest);
  return std::make_unique<MobileNetBackbone>(std::move(loaded));
}

}  // namespace soundfold::engines::onednn

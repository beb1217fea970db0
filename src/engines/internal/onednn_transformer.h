// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engines/backbone.h"
#include "weights/weights.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

/// Private to this room.
namespace soundfold::engines::onednn {

/// What all runners of one network share, whatever its form.
struct LoadedNetwork {
  network::Description network;
  std::vector<std::string> class_names;  ///< none of a backbone that gives no scores
  std::string digest;
  Precision precision = Precision::float32;
};

/// What backbones of networks on patches of several lengths have in common.
class NetworkBackbone : public Backbone {
 public:
  explicit NetworkBackbone(std::shared_ptr<const LoadedNetwork> network) : network_(std::move(network)) {}

  const frontend::InputRecipe& input() const override { return network_->network.input; }
  void run(const float* patches, std::int64_t patch_count, float* embeddings, float* scores) override {
    run_frames(patches, patch_count, input().patch_frames, embeddings, scores);
  }
  const std::vector<std::string>& class_names() const override { return network_->class_names; }
  const std::string& weights_digest() const override { return network_->digest; }
  ComputeType compute_type() const override { return {DeviceKind::cpu, EngineUsed::onednn, network_->precision}; }

 private:
  std::shared_ptr<const LoadedNetwork> network_;
};

/// A backbone of weights with a transformer; the processor allows options.precision. Throws UsageError for int8 and
/// for taps that are no blocks before the last.
std::unique_ptr<Backbone> transformer_backbone(weights::Weights weights, std::string digest,
                                               const BackboneOptions& options);

/// The same of weights with a MobileNet. Throws UsageError for other arithmetic than float32, and for taps.
std::unique_ptr<Backbone> mobilenet_backbone(weights::Weights weights, std::string digest,
                                             const BackboneOptions& options);

/// As engines::onednn_front().
std::unique_ptr<Backbone> transformer_front(const weights::Weights& weights, std::string digest, std::int64_t blocks);

/// Runs `body`; oneDNN's own errors, which name neither the precision nor the layer, become a DataError.
void with_its_errors(Precision precision, const std::function<void()>& body);

}  // namespace soundfold::engines::onednn

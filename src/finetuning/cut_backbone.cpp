// SPDX-License-Identifier: Apache-2.0
#include "finetuning/cut_backbone.h"

#include "device/device.h"
#include "engines/onednn_engine.h"
#include "finetuning/block_network.h"
#include "finetuning/internal/transformer_front.h"
#include "support/errors.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

namespace soundfold::finetuning {
namespace {

constexpr std::int64_t kPreferredBatch = 16;

/// One frozen convolution with its batch norm folded in.
struct FoldedConvolution {
  Convolution convolution;
  torch::Tensor kernel, bias;
};

/// What all runners of one front share; nothing in it changes.
struct Front {
  std::vector<FoldedConvolution> convolutions;
  frontend::InputRecipe input;
  MapShape cut;
  std::int64_t blocks = 0;
  std::string digest;
  torch::Device device = torch::kCPU;
};

class CutBackbone final : public engines::Backbone {
 public:
  explicit CutBackbone(std::shared_ptr<const Front> front) : front_(std::move(front)) {}

  const frontend::InputRecipe& input() const override { return front_->input; }

  void run(const float* patches, std::int64_t patch_count, float* embeddings, float* /*scores*/) override {
    if (patch_count < 1) throw UsageError("the backbone needs at least one patch");
    const torch::InferenceMode no_gradients;
    // A thread that is new to LibTorch would use every processor inside oneDNN.
    at::init_num_threads();
    for (std::int64_t done = 0; done < patch_count; done += kPreferredBatch) {
      const auto count = std::min(kPreferredBatch, patch_count - done);
      run_group(patches + done * input().patch_values(), count, embeddings + done * embedding_size());
    }
  }

  std::unique_ptr<Backbone> share() const override { return std::make_unique<CutBackbone>(front_); }
  std::int64_t embedding_size() const override { return front_->cut.values(); }
  std::int64_t class_count() const override { return 0; }
  const std::vector<std::string>& class_names() const override { return no_names_; }
  const std::string& weights_digest() const override { return front_->digest; }
  engines::ComputeType compute_type() const override {
    return {front_->device.is_cpu() ? engines::DeviceKind::cpu : engines::DeviceKind::cuda, engines::EngineUsed::torch,
            engines::Precision::float32, tf32_used(front_->device)};
  }
  std::string outputs() const override {
    return front_->blocks == 0 ? "log-mel patch" : "map after block " + std::to_string(front_->blocks);
  }
  std::int64_t preferred_batch() const override { return kPreferredBatch; }

 private:
  void run_group(const float* patches, std::int64_t count, float* embeddings) {
    // from_blob takes a mutable pointer, but the network only reads its input.
    torch::Tensor maps =
        torch::from_blob(const_cast<float*>(patches), {count, 1, input().patch_frames, input().mel_bands})
            .to(front_->device);
    for (const auto& each : front_->convolutions) maps = each.convolution->forward_folded(maps, each.kernel, each.bias);
    const auto values = maps.to(torch::kCPU).contiguous();
    std::memcpy(embeddings, values.data_ptr<float>(), values.nbytes());
  }

  std::shared_ptr<const Front> front_;
  std::vector<std::string> no_names_;
};

std::unique_ptr<engines::Backbone> transformer_front(const weights::Weights& weights, const std::string& digest,
                                                     std::int64_t first_trained, const torch::Device& device,
                                                     engines::Engine engine) {
  const bool fast = engines::onednn_unavailable_reason().empty() && engines::onednn_is_fast();
  if (first_trained > 1 && device.is_cpu() && engine == engines::Engine::automatic && fast) {
    return engines::onednn_front(weights, digest, first_trained - 1);
  }
  return torch_transformer_front(weights, digest, first_trained, device);
}

}  // namespace

std::unique_ptr<engines::Backbone> cut_backbone(const weights::Weights& weights, const std::string& weights_digest,
                                                std::int64_t first_trained, const torch::Device& device,
                                                engines::Engine engine) {
  if (first_trained < 1 || first_trained > block_count(weights)) {
    throw UsageError("block " + std::to_string(first_trained) + ": the network has 1 to " +
                     std::to_string(block_count(weights)));
  }
  if (weights.network.transformer) return transformer_front(weights, weights_digest, first_trained, device, engine);
  const torch::NoGradGuard no_gradients;
  auto front = std::make_shared<Front>();
  front->blocks = first_trained - 1;
  front->input = weights.network.input;
  front->cut = map_after(weights, front->blocks);
  front->digest = weights_digest;
  front->device = device;
  if (front->blocks > 0) {
    BlockNetwork network(weights, 1, front->blocks);
    network->to(front->device);
    for (const auto& convolution : network->convolutions()) {
      front->convolutions.push_back({convolution, convolution->folded_kernel(), convolution->folded_bias()});
    }
  }
  return std::make_unique<CutBackbone>(front);
}

}  // namespace soundfold::finetuning

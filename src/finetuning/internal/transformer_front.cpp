// SPDX-License-Identifier: Apache-2.0
#include "finetuning/internal/transformer_front.h"

#include "device/device.h"
#include "finetuning/transformer_blocks.h"
#include "support/errors.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace soundfold::finetuning {
namespace {

/// What all runners of one front share; nothing in it changes.
struct FrozenBlocks {
  TransformerBlocks blocks{nullptr};  ///< null: windows stay log-mel values
  network::Description network;
  std::int64_t first_trained = 1;
  std::string digest;
  torch::Device device = torch::kCPU;
};

class TorchTransformerFront final : public engines::Backbone {
 public:
  explicit TorchTransformerFront(std::shared_ptr<const FrozenBlocks> front) : front_(std::move(front)) {}

  const frontend::InputRecipe& input() const override { return front_->network.input; }

  void run(const float* patches, std::int64_t patch_count, float* embeddings, float* scores) override {
    run_frames(patches, patch_count, input().patch_frames, embeddings, scores);
  }

  void run_frames(const float* patches, std::int64_t patch_count, std::int64_t frames, float* embeddings,
                  float* /*scores*/) override {
    check_frames(frames);
    if (patch_count < 1) throw UsageError("the backbone needs at least one patch");
    const torch::InferenceMode no_gradients;
    // A thread that is new to LibTorch would use every processor inside oneDNN.
    at::init_num_threads();
    std::fill_n(embeddings, patch_count * embedding_size(), 0.0F);
    for (std::int64_t done = 0; done < patch_count; done += preferred_batch()) {
      const auto count = std::min(preferred_batch(), patch_count - done);
      run_group(patches + done * frames * input().mel_bands, count, frames, embeddings + done * embedding_size());
    }
  }

  std::unique_ptr<Backbone> share() const override { return std::make_unique<TorchTransformerFront>(front_); }
  std::int64_t embedding_size() const override { return transformer_row_size(front_->network, front_->first_trained); }
  std::int64_t class_count() const override { return 0; }
  const std::vector<std::string>& class_names() const override { return no_names_; }
  const std::string& weights_digest() const override { return front_->digest; }
  engines::ComputeType compute_type() const override {
    return {front_->device.is_cpu() ? engines::DeviceKind::cpu : engines::DeviceKind::cuda, engines::EngineUsed::torch,
            engines::Precision::float32, tf32_used(front_->device)};
  }
  std::string outputs() const override {
    return front_->first_trained == 1 ? "log-mel patch with its length"
                                      : "tokens after block " + std::to_string(front_->first_trained - 1);
  }
  std::int64_t preferred_batch() const override { return 8; }

 private:
  void run_group(const float* patches, std::int64_t count, std::int64_t frames, float* rows) {
    // from_blob takes a mutable pointer, but the network only reads its input.
    torch::Tensor windows = torch::from_blob(const_cast<float*>(patches), {count, frames, input().mel_bands});
    auto length = frames;
    if (front_->first_trained > 1) {
      auto blocks = front_->blocks;
      windows = blocks->forward(windows.to(front_->device)).to(torch::kCPU);
      length = front_->network.transformer->columns(frames);
    }
    windows = windows.flatten(1);
    auto row = torch::from_blob(rows, {count, embedding_size()});
    row.select(1, 0).fill_(static_cast<double>(length));
    row.narrow(1, 1, windows.size(1)).copy_(windows);
  }

  std::shared_ptr<const FrozenBlocks> front_;
  std::vector<std::string> no_names_;
};

}  // namespace

std::unique_ptr<engines::Backbone> torch_transformer_front(const weights::Weights& weights, const std::string& digest,
                                                           std::int64_t first_trained, const torch::Device& device) {
  auto front = std::make_shared<FrozenBlocks>();
  front->network = weights.network;
  front->first_trained = first_trained;
  front->digest = digest;
  if (first_trained > 1) {
    front->device = device;
    front->blocks = TransformerBlocks(weights, 1, first_trained - 1);
    front->blocks->to(device);
  }
  return std::make_unique<TorchTransformerFront>(std::move(front));
}

}  // namespace soundfold::finetuning

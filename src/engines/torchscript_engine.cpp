// SPDX-License-Identifier: Apache-2.0
#include "engines/torchscript_engine.h"

#include "device/device.h"
#include "support/errors.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cstring>

namespace soundfold::engines {
namespace {

constexpr std::int64_t kPreferredBatch = 16;
/// A GPU takes as long for 16 patches as for many.
constexpr std::int64_t kPreferredBatchOnDevice = 256;
/// Patches that may be short are those of transformers and MobileNets, ten times as long as others when whole.
constexpr std::int64_t kLongPatch = 4;

/// What all runners of one network share; nothing in it changes after loading.
struct Shared {
  torch::jit::Module network;
  torch::Device device = torch::kCPU;
  frontend::InputRecipe input;
  std::int64_t embedding_size = 0;
  std::vector<std::int64_t> embedding_parts;
  std::vector<std::string> class_names;
  std::string digest;
};

class TorchscriptBackbone final : public Backbone {
 public:
  explicit TorchscriptBackbone(std::shared_ptr<Shared> shared) : shared_(std::move(shared)) {}

  const frontend::InputRecipe& input() const override { return shared_->input; }

  void run(const float* patches, std::int64_t patch_count, float* embeddings, float* scores) override {
    run_frames(patches, patch_count, input().patch_frames, embeddings, scores);
  }

  void run_frames(const float* patches, std::int64_t patch_count, std::int64_t frames, float* embeddings,
                  float* scores) override {
    if (patch_count < 1) throw UsageError("the backbone needs at least one patch");
    check_frames(frames);
    const torch::InferenceMode no_gradients;
    // A thread that is new to LibTorch would use every processor inside oneDNN.
    at::init_num_threads();
    const auto group = preferred_batch(), rows = input().rows_of_patch(frames);
    for (std::int64_t done = 0; done < patch_count; done += group) {
      const std::int64_t count = std::min(group, patch_count - done);
      run_group(patches + done * frames * input().mel_bands, {count, 1, frames, input().mel_bands},
                embeddings + done * rows * embedding_size(), scores + done * rows * class_count());
    }
  }

  std::unique_ptr<Backbone> share() const override { return std::make_unique<TorchscriptBackbone>(shared_); }
  std::int64_t embedding_size() const override { return shared_->embedding_size; }
  std::vector<std::int64_t> embedding_parts() const override { return shared_->embedding_parts; }
  std::int64_t class_count() const override { return static_cast<std::int64_t>(shared_->class_names.size()); }
  const std::vector<std::string>& class_names() const override { return shared_->class_names; }
  const std::string& weights_digest() const override { return shared_->digest; }
  ComputeType compute_type() const override {
    return {device_of(shared_->device).kind, EngineUsed::torchscript, Precision::float32, tf32_used(shared_->device)};
  }
  std::int64_t preferred_batch() const override {
    const std::int64_t batch = shared_->device.is_cpu() ? kPreferredBatch : kPreferredBatchOnDevice;
    return input().has_short_patches() ? batch / kLongPatch : batch;
  }

 private:
  void run_group(const float* patches, at::IntArrayRef shape, float* embeddings, float* scores) {
    // from_blob takes a mutable pointer, but the network only reads its input.
    const torch::Tensor maps = torch::from_blob(const_cast<float*>(patches), shape);
    const auto result = shared_->network.forward({maps.to(shared_->device)}).toTuple();
    copy(result->elements()[0].toTensor(), embeddings);
    copy(result->elements()[1].toTensor(), scores);
  }

  static void copy(const torch::Tensor& from, float* to) {
    const torch::Tensor values = from.to(torch::kCPU).contiguous();
    std::memcpy(to, values.data_ptr<float>(), values.nbytes());
  }

  std::shared_ptr<Shared> shared_;
};

/// oneDNN pads channels to blocks of 16. LibTorch's in-place ReLU6 on such tensors is wrong when there is padding,
/// so narrow networks are only frozen.
bool fills_channel_blocks(const torch::jit::Module& network) {
  for (const auto& parameter : network.named_parameters()) {
    const bool kernel =
        parameter.name.size() > 7 && parameter.name.compare(parameter.name.size() - 7, 7, ".kernel") == 0;
    if (kernel && parameter.value.size(0) % 16 != 0) return false;
  }
  return true;
}

}  // namespace

Device device_of(const torch::Device& device) {
  if (!device.is_cpu() && !device.is_cuda()) {
    throw UsageError("device " + device.str() + ": networks run on cpu and cuda only");
  }
  return {device.is_cpu() ? DeviceKind::cpu : DeviceKind::cuda, device.has_index() ? int{device.index()} : -1};
}

torch::Device torch_device(const Device& device) {
  return {device.is_cpu() ? torch::kCPU : torch::kCUDA, static_cast<c10::DeviceIndex>(device.index)};
}

std::unique_ptr<Backbone> torchscript_backbone(ScriptedNetwork network, const BackboneOptions& options) {
  auto shared = std::make_shared<Shared>();
  shared->device = torch_device(options.device);
  shared->input = network.input;
  shared->embedding_size = network.embedding_size;
  shared->embedding_parts = std::move(network.embedding_parts);
  shared->class_names = std::move(network.class_names);
  shared->digest = std::move(network.weights_digest);
  // Freezing first: optimize_for_inference alone does not freeze a module without a `training` attribute.
  // What LibTorch optimises is for one shape.
  const bool one_shape = !network.input.has_short_patches();
  const bool optimizable = shared->device.is_cpu() && one_shape && fills_channel_blocks(network.module);
  shared->network = torch::jit::freeze(network.module);
  if (optimizable) shared->network = torch::jit::optimize_for_inference(shared->network);

  auto backbone = std::make_unique<TorchscriptBackbone>(shared);
  // The first calls compile; they belong to loading, not to the first clip.
  const std::int64_t count = one_shape ? kPreferredBatch : 1;
  const std::int64_t frames = one_shape ? network.input.patch_frames : network.input.min_patch_frames;
  const std::vector<float> silence(static_cast<std::size_t>(count * frames * network.input.mel_bands), 0.0F);
  const std::int64_t rows = count * network.input.rows_of_patch(frames);
  std::vector<float> embeddings(static_cast<std::size_t>(rows * backbone->embedding_size()));
  std::vector<float> scores(static_cast<std::size_t>(rows * backbone->class_count()));
  for (int i = 0; i < 2; ++i) backbone->run_frames(silence.data(), count, frames, embeddings.data(), scores.data());
  return backbone;
}

}  // namespace soundfold::engines

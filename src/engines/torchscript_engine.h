// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "device/torch.h"
#include "engines/backbone.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace soundfold::engines {

/// The same device in LibTorch's type and in ours. Throws UsageError for one that is neither a CPU nor CUDA.
Device device_of(const torch::Device& device);
torch::Device torch_device(const Device& device);

/// A network as a TorchScript module, with what a Backbone tells of it.
struct ScriptedNetwork {
  /// forward(patches [P, 1, frames, bands]) -> (embeddings [P, E], scores [P, C]); on its device
  torch::jit::Module module;
  frontend::InputRecipe input;
  std::string weights_digest;
  std::vector<std::string> class_names;       ///< [C]
  std::int64_t embedding_size = 0;            ///< E
  std::vector<std::int64_t> embedding_parts;  ///< sizes of the parts of an embedding; their sum is E
};

/// The reference engine: the network, frozen (batch norms folded into the convolutions) and, on the CPU, laid out for
/// oneDNN by LibTorch. float32 on any device; the module is on options.device already.
std::unique_ptr<Backbone> torchscript_backbone(ScriptedNetwork network, const BackboneOptions& options);

}  // namespace soundfold::engines

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "device/torch.h"
#include "frontend/recipe.h"
#include "network/description.h"
#include "weights/weights.h"

#include <filesystem>
#include <string>
#include <vector>

namespace soundfold::yamnet {

/// Builds the network as an unfrozen TorchScript module (parameters and buffers named, movable between devices).
/// Methods:
///   forward(waveform [N] float32 at sample_rate) -> (scores [P, 521], embeddings [P, 1024], log_mel [T, 64])
///   embed(patches [P, 1, 96, 64]) -> (embeddings [P, 1024], scores [P, 521])   the batched entry for extraction
///   log_mel(waveform [N]) -> [T, 64], padded by the recipe's rule
///   patches(log_mel [T, 64]) -> [P, 1, 96, 64]
/// (YAMNet's numbers; others as `weights.network` says.)
/// Attributes: class_names (list of str), sample_rate (16000), patch_hop_frames, weights_digest (str), source (str).
/// forward raises a readable error for a waveform that is not 1-D float.
///
/// `taps` are blocks (layer1 is 1) whose maps are given too: embeddings then are [P, 1024 + 2 * channels of each tap],
/// for each tap the mean and the maximum of every channel over the map. Scores are the same. Throws UsageError for a
/// block that is not before the last, or appears twice.
torch::jit::Module build_module(const weights::Weights& weights, int patch_hop_frames = frontend::kPatchHopFrames,
                                const std::vector<std::int64_t>& taps = {});

/// What load_module gives.
struct LoadedModule {
  torch::jit::Module module;
  std::string weights_digest;
  std::string source;
  std::vector<std::string> class_names;
  std::int64_t embedding_size = 0;            ///< values per patch, those of taps included
  std::vector<std::int64_t> embedding_parts;  ///< sizes: the embedding, then mean and maximum of each tap
  network::Description network;
  int patch_hop_frames = frontend::kPatchHopFrames;
};

/// Keeps LibTorch from compiling fused kernels, for the whole process; whatever makes or loads a module here calls it.
/// A LibTorch that has LLVM (Debian's 2.6) would spend minutes on this network at the second call, and again for every
/// new number of patches.
void disable_fuser();

/// build_module() with the metadata that load_module() returns.
LoadedModule tapped_module(const weights::Weights& weights, int patch_hop_frames,
                           const std::vector<std::int64_t>& taps);

/// xxh3_128 over names, shapes and bytes of all parameters and buffers, and over the integer and text attributes of
/// submodules (strides, activation), in name order, computed on the CPU. Patch hop and class names do not enter.
std::string tensors_digest(const torch::jit::Module& module);

/// What a module of build_module(), folded or not, takes. Throws DataError when it does not say so intelligibly.
frontend::InputRecipe input_of(const torch::jit::Module& module);

/// The network of such a module, read from its submodule `network` (or that of an exported model's backbone). Throws an
/// error of LibTorch's when it is none, DataError as input_of().
network::Description network_of(const torch::jit::Module& network);

/// The blocks tapped, as the submodule `network` of such a module says; empty without taps.
std::vector<std::int64_t> taps_of(const torch::jit::Module& network);

/// The module's class_names attribute. Throws an error of LibTorch's when it has none or it is no list of str.
std::vector<std::string> class_names_of(const torch::jit::Module& module);

}  // namespace soundfold::yamnet

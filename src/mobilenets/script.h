// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "device/torch.h"
#include "weights/weights.h"

#include <memory>

/// The same MobileNets as TorchScript, on any device. In a library of its own, with LibTorch.
namespace soundfold::mobilenets {

/// The network as a module of `unit`, its tensors as parameters (named_modules/module_tensors.h), for patches of one
/// length in frames. Methods:
///   forward(patches [P, 1, frames, bands]) -> (embeddings [P, E], scores [P, classes])
///   features(log_mel [P, frames, bands]) -> [P, E, frames, bands], the last map, whose mean is the embedding
///   classify(embeddings [P, E]) -> logits [P, classes]
/// Throws UsageError as make_model().
torch::jit::Module scripted(const weights::Weights& weights, const std::shared_ptr<torch::jit::CompilationUnit>& unit);

}  // namespace soundfold::mobilenets

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "device/torch.h"
#include "weights/weights.h"

#include <cstdint>
#include <memory>
#include <vector>

/// The same transformers as TorchScript, on any device. In a library of its own, with LibTorch.
namespace soundfold::transformers {

/// The network as a module of `unit`, with a submodule for each block (block0, block1, ...) and the tensors of the
/// weights as parameters and buffers (named_modules/module_tensors.h). Methods, for patches
/// of one length in frames:
///   forward(patches [P, 1, frames, bands]) -> (embeddings [P, D], scores [P, classes]), with row_frames (frontend/
///   recipe.h) of each column [P * columns, ...]
///   tokens(log_mel [P, frames, bands], filled) -> [P, rows * columns, D], what the first block takes; `filled` as in
///   Patches
///   block0.forward(tokens) -> tokens, and the others
///   columns(tokens) -> [P, columns, D], after the last norm: their mean is the embedding
///   classify(embeddings [P, D]) -> logits [P, classes]
/// `taps` are numbers of blocks from 1, ascending: mean and maximum of the tokens after each follow the embedding.
/// Attributes: geometry (str, network/description_text.h). Throws UsageError as make_model().
torch::jit::Module scripted(const weights::Weights& weights, const std::shared_ptr<torch::jit::CompilationUnit>& unit,
                            const std::vector<std::int64_t>& taps = {});

}  // namespace soundfold::transformers

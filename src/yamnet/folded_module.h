// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "device/torch.h"
#include "network/description.h"
#include "weights/weights.h"

namespace soundfold::yamnet {

/// `network` as `module` has it (of build_module() or load_module(), with taps or without), made for use alone: every
/// batch norm is folded into the convolution before it. Methods, attributes and answers are the same (within 1e-5 of
/// the largest value), and so is weights_digest, which names the network it was made of; in the blocks, `kernel` and
/// `bias` stand for kernel, beta, mean and variance. On the CPU; shares no tensors with `module`.
/// Throws UsageError when the module has other blocks than `network`.
torch::jit::Module folded_module(const torch::jit::Module& module, const network::Description& network);

/// The values of a module that folded_module() made, which batch norms now only add biases to; without its taps and
/// without int8 arithmetic. Throws LibTorch's errors for another module.
weights::Weights folded_weights(const torch::jit::Module& module);

}  // namespace soundfold::yamnet

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "network/description.h"

#include <cstdint>
#include <string>
#include <vector>

/// The TorchScript source of the network, block by block. LibTorch's C++ compiler resolves only `torch.<operator>`
/// names and method calls written as `.forward(...)`. Private to this room.
namespace soundfold::yamnet {

/// Whether batch norms are separate layers, as in yamnet.pt, or are folded into the convolutions before them, as in
/// exported models. The folded blocks and network take one more argument: see convolution_source().
enum class BatchNorm { separate, folded };

/// A convolution, its batch norm and its activation. Attributes: kernel, beta, mean, variance, stride, padding, groups.
/// Folded: kernel, bias, stride, padding, groups, and forward(x, dilation), where the dilation is that of pointwise
/// kernels. Having one value, they give the same with any; but with 1, LibTorch on one thread computes batches below
/// 16 without oneDNN, in twice the time.
std::string convolution_source(const network::Description& network, BatchNorm batch_norm);

/// Submodules depthwise and pointwise, one after the other.
std::string separable_source(BatchNorm batch_norm);

/// forward(patches [P, 1, frames, bands]) -> (embeddings, scores): the submodules of the blocks in order, mean over
/// time and frequency, sigmoid classifier. For each tap, a number of a block from 1, ascending, each channel's mean and
/// maximum over the block's map follow the embedding.
std::string network_source(const network::Description& network, const std::vector<std::int64_t>& taps,
                           BatchNorm batch_norm);

/// The methods of the whole, for what the network takes: pad, log_mel, patches, embed, forward.
std::string waveform_source(const frontend::InputRecipe& input, BatchNorm batch_norm);

}  // namespace soundfold::yamnet

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
/// exported models.
enum class BatchNorm { separate, folded };

/// A convolution, its batch norm and its activation. Attributes: kernel, beta, mean, variance, stride, padding, groups.
std::string convolution_source(const network::Description& network);

/// Submodules depthwise and pointwise, one after the other.
std::string separable_source();

/// forward(patches [P, 1, frames, bands]) -> (embeddings, scores): the submodules of the blocks in order, mean over
/// time and frequency, sigmoid classifier. For each tap, a number of a block from 1, ascending, each channel's mean and
/// maximum over the block's map follow the embedding.
std::string network_source(const network::Description& network, const std::vector<std::int64_t>& taps);

/// The same of blocks without batch norms, which hold kernel and bias and no code. Two methods that give the same:
///   rows(patches): for LibTorch as it is, on a CPU. Channels are last in memory, so that pointwise convolutions are
///     products of matrices, without copies;
///   forward(patches, dilation): for devices with kernels of their own, and for optimize_for_inference, which keeps
///     kernels in oneDNN's order and loses that at every change of shape. The dilation is that of pointwise
///     kernels, and with their one value means nothing; but with 1, LibTorch on one thread computes batches below 16
///     without oneDNN, in twice the time, and with 2 a single patch.
std::string folded_network_source(const network::Description& network, const std::vector<std::int64_t>& taps);

/// The methods of the whole, for what the network takes: pad, log_mel, patches, embed, forward. Folded, it has a buffer
/// `unfrozen` that requires a gradient: freezing makes it a constant, which requires none, and so knows that it froze.
std::string waveform_source(const frontend::InputRecipe& input, BatchNorm batch_norm);

}  // namespace soundfold::yamnet

#pragma once

#include "yamnet/weights.h"

#include <cstdint>
#include <string>
#include <vector>

/// The TorchScript source of the network, block by block. LibTorch's C++ compiler resolves only `torch.<operator>`
/// names and method calls written as `.forward(...)`. Private to this room.
namespace soundfold::yamnet {

/// A convolution, its batch norm and its activation. Attributes: kernel, beta, mean, variance, stride, padding, groups.
std::string convolution_source(Activation activation);

/// Submodules depthwise and pointwise, one after the other.
std::string separable_source();

/// forward(patches [P, 1, 96, 64]) -> (embeddings, scores): the submodules `blocks` in order, mean over time and
/// frequency, sigmoid classifier. For each tap, a number of a block from 1, ascending, each channel's mean and maximum
/// over the block's map follow the embedding.
std::string network_source(const std::vector<std::string>& blocks, const std::vector<std::int64_t>& taps);

/// The methods of the whole: pad, log_mel, patches, embed, forward.
std::string waveform_source();

}  // namespace soundfold::yamnet

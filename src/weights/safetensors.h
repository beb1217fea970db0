// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "weights/weights.h"

#include <filesystem>
#include <string>

/// Weights as one small file: safetensors (8 bytes of header length, a JSON header, the tensors) in float16 with the
/// batch norms folded into kernels and biases; of networks without layers in float32, as published. docs/yamnet.md
/// describes the tensors and the texts beside them.
namespace soundfold::weights {

/// True when the file begins as a safetensors file does. False for any other, also one that cannot be read.
bool is_safetensors(const std::filesystem::path& path);

/// The whole file as bytes; equal weights give equal bytes, and what was read from such a file gives the same tensors.
/// The int8 arithmetic is left out. Throws DataError when a folded value is not within float16's range.
std::string safetensors_bytes(const Weights& weights);

/// Reads what safetensors_bytes() made. Every length, offset, type and shape, that all values are finite, and the
/// digest over header and tensors are checked before a value is used. Batch norms come back as doing nothing but adding
/// the bias. Throws DataError (one line, naming the field or tensor at fault).
Weights read_safetensors(const std::filesystem::path& path);

}  // namespace soundfold::weights

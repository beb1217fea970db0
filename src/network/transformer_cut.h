// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "network/transformer.h"

#include <cstdint>

/// What lies between two blocks of a transformer.
namespace soundfold::network {

/// Tokens of a window of so many frames.
inline std::int64_t token_count(const Transformer& transformer, std::int64_t frames, std::int64_t mel_bands) {
  return transformer.rows(mel_bands) * transformer.columns(frames);
}

/// A window at a cut between two blocks, as a row of as many values for every window of the network, whatever its
/// length: the number of its columns c, its tokens [rows * c, D], and zeros. The number of values, for windows of at
/// most so many frames.
inline std::int64_t cut_row_size(const Transformer& transformer, std::int64_t frames, std::int64_t mel_bands) {
  return 1 + token_count(transformer, frames, mel_bands) * transformer.embedding_size;
}

}  // namespace soundfold::network

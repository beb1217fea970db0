// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engines/backbone.h"
#include "weights/weights.h"

#include <memory>
#include <string>

namespace soundfold::engines {

/// Why the oneDNN engine cannot be used here at all; empty when it can.
std::string onednn_unavailable_reason();

/// Why oneDNN cannot run `precision` on this processor as it should; empty when it can. float32 runs wherever the
/// engine does. bfloat16 is emulated, slower than float32, without avx512_bf16 or AMX; int8 products saturate, so that
/// results are wrong, without the VNNI instructions.
std::string missing_cpu_features(Precision precision);

/// Whether the oneDNN engine is worth choosing on this processor.
bool onednn_is_fast();

/// The fast engine for processors: oneDNN called directly. Kernels are packed and primitives compiled at the first run.
/// Throws UsageError when the processor or the weights do not allow options.precision, or the device is not the CPU.
/// `digest` is that of the weights, of the tapped network when there are taps.
std::unique_ptr<Backbone> onednn_backbone(weights::Weights weights, std::string digest, const BackboneOptions& options);

/// The first `blocks` blocks of a transformer, at least one, in float32: embeddings are what lies between two blocks,
/// as network::cut_row_size() says, and there are no scores. Throws as onednn_backbone(), and UsageError when the
/// weights have no such block before the last.
std::unique_ptr<Backbone> onednn_front(const weights::Weights& weights, std::string digest, std::int64_t blocks);

}  // namespace soundfold::engines

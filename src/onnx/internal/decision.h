// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "onnx/internal/operations.h"
#include "runtime/model_file.h"

/// From logits to answers. Private to this room.
namespace soundfold::onnx {

/// Softmax or sigmoid of the logits [B, K] divided by the temperature: "probabilities".
void add_probabilities(GraphBuilder& builder, const std::string& logits, const runtime::ModelFile& model);

/// Which patches are silent by the model's gate, "window_silent" [B, P], and whether all of a clip are, "silent" [B].
/// Without a gate none is. By "window_levels" [B, P] and `scores` [B, P, S].
void add_silence(GraphBuilder& builder, const std::string& scores, const runtime::ModelFile& model);

}  // namespace soundfold::onnx

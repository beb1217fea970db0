// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "onnx/internal/operations.h"
#include "runtime/model_file.h"

/// From windows (what a head gets of each patch) to logits. Private to this room.
namespace soundfold::onnx {

/// Names of values in the graph. B clips of P patches each, K classes.
struct HeadAnswers {
  std::string logits;         ///< [B, K]
  std::string window_logits;  ///< [B, P, K]
};

/// Adds a head of any form (head_spec.h); `windows` [B, P, D].
HeadAnswers add_head(GraphBuilder& builder, const std::string& windows, const runtime::HeadValues& head);

}  // namespace soundfold::onnx

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "onnx_graph/graph.h"
#include "runtime/model_file.h"
#include "text/choice.h"

/// A whole classifier in the format ONNX (onnx_graph/).
namespace soundfold::onnx {

using onnx_graph::Graph;

/// What the network computes in. int8 is the TFLite file's own arithmetic; the head and the rest stay float32.
enum class Precision { float32, int8 };

constexpr ChoiceNames<Precision> choice_names_of(Precision) {
  return {{"float32", "int8"}};
}

/// Format of the metadata beside the graph.
inline constexpr int kMetadataVersion = 1;

/// The whole classifier as a graph. B waveforms of equal length, P patches of each, K classes, S scores, E embedding
/// values.
///   waveform [B, samples] float32, mono at the model's rate, from 1 sample up; padded as the network's front end does
///   -> probabilities [B, K], logits [B, K], window_logits [B, P, K], window_levels [B, P] (dBFS), window_silent [B, P]
///      and silent [B] (bool, by the silence gate), scores [B, P, S] (the network's own classes), embeddings [B, P, E]
/// Class names, the decision and where the model comes from are texts beside it (docs/onnx.md).
/// Throws UsageError for int8 when the network's weights are not those of the TFLite file, for a MobileNet, for a front
/// end with preemphasis or a symmetric window, and for a head that answers the network's classes too.
Graph model_graph(const runtime::ModelFile& model, Precision precision = Precision::float32);

}  // namespace soundfold::onnx

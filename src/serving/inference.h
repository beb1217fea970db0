// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/classifier.h"
#include "serving/settings.h"
#include "text/choice.h"

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

/// The Open Inference Protocol, version 2, over HTTP with JSON (KServe, Triton and others speak it):
/// https://github.com/kserve/open-inference-protocol
namespace soundfold::serving {

/// Tensors that an inference gives. K classes, B sounds; without B for a waveform [N].
enum class Output {
  probabilities,  ///< FP32 [B, K]
  logits,         ///< FP32 [B, K]; not of YAMNet itself, which gives scores
  labels          ///< BYTES [B, K]: names of the classes that are the answer, most probable first, filled up with ""
};

constexpr ChoiceNames<Output> choice_names_of(Output) {
  return {{"probabilities", "logits", "labels"}};
}

/// The answer to GET v2.
nlohmann::json server_metadata();

/// The answer to GET v2/models/NAME: its tensors, and in `parameters` its rate and classes.
nlohmann::json model_metadata(const runtime::Classifier& model, const std::string& name);

struct Inference {
  nlohmann::json response;
  double seconds = 0;  ///< of sound
};

/// The answer to POST v2/models/NAME/infer. Input: `waveform`, FP32 [N] or [B, N], mono at the model's rate, flat or
/// nested. Throws Refusal: 400 for a request that is not so (naming the field), 413 for a sound that is too long, and
/// as LimitedPass.
Inference infer(const runtime::Classifier& model, const Settings& settings, std::string_view request,
                Deadline deadline);

}  // namespace soundfold::serving

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "weights/weights.h"

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

/// The int8 arithmetic of a network in files: its numbers as JSON, and its arrays as bytes.
namespace soundfold::weights {

/// Scales and zero points, with the names of the layers.
nlohmann::ordered_json quantization_json(const Quantization& quantization);

/// From quantization_json's form, without arrays. Throws DataError or the library's errors for anything else.
Quantization quantization_from(const nlohmann::ordered_json& json);

/// The arrays of all layers and the classifier, in order: kernel (int8), kernel scales (float32), bias (int32).
/// Little-endian.
std::string quantization_bytes(const Quantization& quantization);

/// Fills the arrays of `quantization` from those bytes; their sizes follow from `layers` and the classifier's shape.
/// Throws DataError when the size is not exactly right.
void fill_quantization(Quantization& quantization, std::string_view bytes, const Weights& weights,
                       const std::string& name);

/// That an engine can compute with it: scales are above 0 and finite, zero points within int8. Throws DataError.
void check_quantization(const Quantization& quantization, const std::string& name);

}  // namespace soundfold::weights

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/model_file.h"
#include "tensor_files/safetensors.h"

#include <string>

/// What a model file says beside its tensors. Private to this room.
namespace soundfold::runtime {

/// The texts of a model.
tensor_files::SafetensorsWriter::Json texts_of(const ModelFile& model);

/// Fills what the texts tell: of the backbone its description (without channels and classes) and the numbers of its
/// int8 arithmetic, of the head its form. Throws DataError.
void read_texts(const tensor_files::SafetensorsReader& file, ModelFile& model);

/// Why head, backbone and class names do not belong together; empty when they do.
std::string misfit(const ModelFile& model);

}  // namespace soundfold::runtime

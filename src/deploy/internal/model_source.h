// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "frontend/recipe.h"
#include "head_spec/choices.h"

#include <string>

namespace soundfold::deploy {

/// TorchScript source of the whole model's methods (export.h describes them). `input` is the head's, `recipe` the
/// backbone's. The source relies on submodules `backbone` and `head` and the attributes class_names, sample_rate,
/// patch_hop_frames, multi_label, temperature, thresholds, negative_class, silence_gate, silence_dbfs, silence_score
/// and silence_class.
std::string model_source(head_spec::HeadInput input, const frontend::InputRecipe& recipe);

}  // namespace soundfold::deploy

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/experiment.h"
#include "device/torch.h"
#include "features/prepare.h"
#include "training/trainer.h"
#include "weights/weights.h"
#include "yamnet/module.h"

#include <nlohmann/json.hpp>

#include <optional>

/// What an experiment does otherwise when the backbone is trained too.
namespace soundfold::features {

/// The prepared data as the trained head sees them: maps at the cut become its inputs, by the trained tail. The sets
/// that are trained on are left as they are unless there is no test. The same data when the backbone is frozen.
PreparedFeatures head_view(const PreparedFeatures& prepared, const training::Outcome& outcome,
                           const torch::Device& device);

/// The backbone that goes into the exported model: the imported file, with the trained blocks in their places.
yamnet::LoadedModule backbone_for_export(const config::Experiment& experiment, const training::Outcome& outcome);

/// The int8 arithmetic of that backbone; nothing when its weights have none, or were trained.
std::optional<weights::Quantization> quantization_for_export(const config::Experiment& experiment,
                                                             const training::Outcome& outcome);

/// {"train": "last_blocks", "blocks": 2, "of": 14, ...}; null when the backbone is frozen.
nlohmann::json backbone_training_json(const config::Experiment& experiment, const BackboneInfo& backbone);

}  // namespace soundfold::features

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "device/torch.h"
#include "inspection/describe_model.h"
#include "network/description.h"

#include <nlohmann/json.hpp>

#include <vector>

/// The parts of modules. Private to this room.
namespace soundfold::inspection {

/// Resampled samples to a patch of log-mel.
std::vector<Part> front_end_parts(const frontend::InputRecipe& input);

/// The blocks of the submodule `network` of a backbone, the mean over the map, and the classifier of its own classes.
std::vector<Part> backbone_parts(const torch::jit::Module& network, const network::Description& description);

/// Pooling and layers of an exported head, by its module and by "head" of the model's metadata. Throws LibTorch's and
/// JSON's errors when they do not fit.
std::vector<Part> head_parts(const torch::jit::Module& head, const nlohmann::json& spec);

}  // namespace soundfold::inspection

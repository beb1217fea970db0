// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inspection/describe_model.h"

#include <nlohmann/json.hpp>

#include <string>

namespace soundfold::inspection {

/// "front end", "backbone", "pooling", "head", "decision".
std::string group_name(Part::Group group);

/// For users: inputs, outputs, classes, decision, and a table of the parts.
std::string model_text(const ModelDescription& model);

/// The same for machines.
nlohmann::json model_json(const ModelDescription& model);

}  // namespace soundfold::inspection

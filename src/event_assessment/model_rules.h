// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "events/event_rule.h"
#include "runtime/model_file.h"

#include <filesystem>
#include <string>

namespace soundfold::event_assessment {

/// A digest of what decides a model's probabilities and gate, whatever its rules of events are.
std::string scores_digest(runtime::ModelFile model);

/// Puts rules into a model.safetensors, which is replaced as a whole; nothing else in it changes. Throws DataError as
/// runtime::read_model_file, and when the file cannot be written.
void write_rules(const std::filesystem::path& path, const events::EventRules& rules);

}  // namespace soundfold::event_assessment

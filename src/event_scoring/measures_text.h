// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "event_scoring/event_measures.h"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace soundfold::event_scoring {

/// A table: all classes together, then each.
std::string measures_text(const Measures& measures, const std::vector<std::string>& class_names);

/// The same and more: {"seconds": 7200, "event": {"precision": .., "recall": .., "f1": .., "macro_f1": ..,
/// "error_rate": ..}, "segment": {..}, "false_alarms_per_hour": .., "detected_share": .., "delay_s": {"median": ..,
/// "percentile_90": ..}, "classes": {"dog": {..}}}. null where a value does not exist.
nlohmann::json measures_json(const Measures& measures, const std::vector<std::string>& class_names);

}  // namespace soundfold::event_scoring

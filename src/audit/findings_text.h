// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "audit/findings.h"

#include <nlohmann/json.hpp>

#include <string>

namespace soundfold::audit {

/// For a terminal: how many findings of each kind, and the first of each with its fix; then lengths and formats by
/// class. At most `most_classes` classes are listed.
std::string findings_text(const Findings& found, std::size_t most_classes = 20);

/// Everything: {"description", "notes", "findings": [{"kind", "severity", "clips": [{"id", "path", "labels", "part"}],
/// "score", "sentence", "fix"}], "classes": [...]}.
nlohmann::json findings_json(const Findings& found);

}  // namespace soundfold::audit

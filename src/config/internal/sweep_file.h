// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/internal/assign.h"
#include "config/sweep.h"

#include <map>
#include <string>

/// The map `sweep:` of a configuration file. Private to config/.
namespace soundfold::config {

/// Reads and checks the map; `overrides` are the settings of --set sweep.metric, sweep.samples and sweep.seed by those
/// names without "sweep.". Every value must be one that the swept key takes. Throws UsageError naming line, key, rule
/// and given value.
Sweep parse_sweep(const Setting& setting, const std::map<std::string, Setting>& overrides);

}  // namespace soundfold::config

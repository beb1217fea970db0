// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/sweep.h"
#include "settings/setting.h"

/// The map `sweep:` of a configuration file. Private to config/.
namespace soundfold::config {

/// Reads and checks the map; `overrides` are the settings of --set sweep.metric, sweep.samples and sweep.seed by those
/// names without "sweep.". Every value must be one that the swept key takes. Throws UsageError naming line, key, rule
/// and given value.
Sweep parse_sweep(const settings::Setting& setting, const settings::Settings& overrides);

}  // namespace soundfold::config

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/internal/assign.h"

#include <map>
#include <set>
#include <string>

/// Keys that were given and have no effect. Private to config/.
namespace soundfold::config {

/// Later settings replace earlier ones of the same key. The map `sweep:` is one setting of its own.
using Settings = std::map<std::string, Setting>;

/// Those of `settings` that have no effect in `experiment`, which was made from them, nor in any member of its sweep.
std::set<std::string> idle_keys(const Settings& settings, const Experiment& experiment);

/// Throws UsageError that says what `key`, without effect in `experiment`, would need. A value equal to the default
/// changes nothing by being there: on the command line it is a warning, in a file nothing.
void refuse_idle(const std::string& key, const Setting& setting, const Experiment& experiment);

}  // namespace soundfold::config

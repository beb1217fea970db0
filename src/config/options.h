// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/experiment.h"
#include "settings/option.h"

#include <vector>

namespace soundfold::config {

using settings::kAuto;
using settings::kCountLimit;
using settings::Option;
using settings::Target;
using settings::type_text;
using settings::value_text;

/// The options whose value is a map, and the names of former versions.
const settings::KeyRules& key_rules();

/// All options of both programs, bound to the fields of `experiment`, in the order of the documentation.
std::vector<Option> options_of(Experiment& experiment);

/// The options that a program reads, in the same order.
std::vector<Option> options_of(Experiment& experiment, Program program);

}  // namespace soundfold::config

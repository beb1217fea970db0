// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/options.h"

#include <string>

namespace soundfold::reference {

/// A value for an example, other than the option's own, which is its default: YAML flow text that the option accepts.
std::string example_value(const config::Option& option);

}  // namespace soundfold::reference

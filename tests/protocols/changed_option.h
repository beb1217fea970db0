// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/options.h"

namespace soundfold::testing {

/// Gives the option's field another value that the option allows. False, and nothing done, for free texts and lists of
/// them, whose meaning only the experiment knows.
bool change_value(const config::Option& option);

}  // namespace soundfold::testing

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "settings/option.h"
#include "settings/setting.h"

#include <string>
#include <vector>

namespace soundfold::settings {

/// The option of that name. Throws UsageError naming the nearest one, or else `program`, whose --options lists all.
const Option& find_option(const std::vector<Option>& options, const std::string& key, const Setting& setting,
                          const std::string& program = "trainer");

/// Writes the value into its field, or throws UsageError with where, key, rule and the given value.
/// DataError for a name of known classes that is not UTF-8.
void assign(const std::vector<Option>& options, const std::string& key, const Setting& setting,
            const std::string& program = "trainer");

}  // namespace soundfold::settings

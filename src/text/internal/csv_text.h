// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

/// What spreadsheets do to a CSV before it can be parsed. Private to text/.
namespace soundfold {

/// The separator: the one of ',', ';' and tab that the header line holds outside quotes; ',' when it holds none. Throws
/// DataError, starting with `name`, when it holds several.
char csv_separator(const std::string& text, const std::string& name);

}  // namespace soundfold

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

/// What spreadsheets do to a CSV before it can be parsed. Private to support/.
namespace soundfold {

/// The text as UTF-8 without a byte-order mark. UTF-16 of either byte order is known by its mark. Throws DataError,
/// starting with `name`, for UTF-16 without one and for text that breaks off or holds half a surrogate pair.
std::string csv_as_utf8(const std::string& bytes, const std::string& name);

/// The separator: the one of ',', ';' and tab that the header line holds outside quotes; ',' when it holds none. Throws
/// DataError, starting with `name`, when it holds several.
char csv_separator(const std::string& text, const std::string& name);

}  // namespace soundfold

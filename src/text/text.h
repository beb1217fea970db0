// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace soundfold {

/// The name in `known` with the smallest edit distance to `given`, for "did you mean"; empty when none is near
/// (more than a third of the letters differ). Case is ignored, two neighbours swapped count as one edit, and of equally
/// near names the first wins.
std::string nearest_name(const std::string& given, const std::vector<std::string>& known);

/// `text` as it may appear in a message: control characters as '?', so that the message stays one line, and cut to
/// `most_bytes` (at least 4, ended by "...") between two UTF-8 characters.
std::string shown(const std::string& text, std::size_t most_bytes = 200);

/// `text` as UTF-8 on one line, for files that have a line for each thing: control characters and Unicode's separators
/// of lines as blanks, bytes that are not UTF-8 as U+FFFD.
std::string one_line(const std::string& text);

/// `value` with `digits` digits after the point; "-" for NaN.
std::string fixed(double value, int digits);

/// "1,234,567".
std::string grouped(std::int64_t count);

/// A to Z in lower case; other bytes, of UTF-8 too, stay.
std::string lower_case(std::string text);

/// A whole number from 0 to `most` in decimal digits alone; -1 for anything else.
int plain_number(std::string_view digits, int most);

/// Whether `text` begins with `beginning`, byte for byte.
bool begins_with(std::string_view text, std::string_view beginning);

/// Without blanks, tabs and line breaks at its ends.
std::string trimmed(const std::string& text);

/// "a, b, c".
std::string join(const std::vector<std::string>& parts, const std::string& separator = ", ");

}  // namespace soundfold

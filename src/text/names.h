// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace soundfold {

/// A name as it is kept: in Unicode's composed form (NFC), without white space at its ends, runs of white space inside
/// as one blank. macOS writes file names decomposed, so "café" from there and from elsewhere are different bytes.
/// Throws DataError when `name` is not UTF-8.
std::string tidy_name(const std::string& name);

/// What two names that differ only in case, white space or Unicode form have in common: tidy_name with its case folded.
std::string name_key(const std::string& name);

/// Position of `given` in `names`: exactly as written, else of the same name_key; nothing when there is none.
std::optional<std::size_t> find_name(const std::string& given, const std::vector<std::string>& names);

}  // namespace soundfold

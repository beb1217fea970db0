// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace soundfold::dataset {

/// "1 clip", "1,038 clips".
std::string counted(std::size_t count, const std::string& singular);

/// `text` between single quotes, with control characters shown as '?', so that a message stays one line.
std::string in_quotes(const std::string& text);

/// "a, b, c"; after `most` items "a, b and 7 more". Control characters are shown as '?', and long items are cut.
std::string joined(const std::vector<std::string>& items, std::size_t most);

/// "1-3, 5" for {1, 2, 3, 5}; `numbers` must be ascending.
std::string number_ranges(const std::vector<int>& numbers);

/// "fold 4", "folds 1-3": number_ranges with its noun.
std::string named_folds(const std::vector<int>& numbers);

}  // namespace soundfold::dataset

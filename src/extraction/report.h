// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "extraction/clip_list.h"

#include <functional>
#include <string>

namespace soundfold::extraction {

/// An extraction as one JSON object: its sums and, under "results", {"path", "key", "patches"} or {"path", "problem"}
/// of each clip. Given to `write` piece by piece, so that a list of many is never in memory as a whole.
void write_json(const ClipList& clips, const ClipResults& results, const ExtractionTotals& totals,
                const std::function<void(const std::string& piece)>& write);

}  // namespace soundfold::extraction

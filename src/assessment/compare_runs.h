// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace soundfold::assessment {

/// Prints the comparison of finished runs' saved predictions, as text or JSON, and writes it to `page` where that is
/// not empty. `page_audio` is embed, link or none. Returns the exit code; throws as evaluation::compare_runs does.
int compare_runs(const std::vector<std::string>& runs, const std::string& page, const std::string& page_audio,
                 bool json);

}  // namespace soundfold::assessment

// SPDX-License-Identifier: Apache-2.0
#include "weights/published.h"

#include <algorithm>

namespace soundfold::weights {

bool is_published(const std::string& source) {
  return std::any_of(kPublishedFiles.begin(), kPublishedFiles.end(), [&](const PublishedFile& file) {
    return source.find(std::string("sha256 ") + file.sha256) != std::string::npos;
  });
}

}  // namespace soundfold::weights

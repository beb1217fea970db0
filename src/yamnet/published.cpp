// SPDX-License-Identifier: Apache-2.0
#include "yamnet/published.h"

#include <algorithm>

namespace soundfold::yamnet {

bool is_published(const std::string& source) {
  return std::any_of(kPublishedFiles.begin(), kPublishedFiles.end(), [&](const PublishedFile& file) {
    return source.find(std::string("sha256 ") + file.sha256) != std::string::npos;
  });
}

}  // namespace soundfold::yamnet

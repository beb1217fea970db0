// SPDX-License-Identifier: Apache-2.0
#include "store/absolute_name.h"

#include <filesystem>

namespace soundfold::store {

std::string absolute_name(const std::string& path) {
  const auto has = [&](const char* part) { return path.find(part) != std::string::npos; };
  const bool plain =
      !path.empty() && path.front() == '/' && path.back() != '.' && !has("//") && !has("/./") && !has("/../");
  return plain ? path : std::filesystem::absolute(path).lexically_normal().string();
}

}  // namespace soundfold::store

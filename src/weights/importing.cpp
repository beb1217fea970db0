// SPDX-License-Identifier: Apache-2.0
#include "weights/importing.h"

#include "support/hashing.h"

namespace soundfold::weights {
namespace fs = std::filesystem;

std::string describe_source(const fs::path& path, const std::string& kind) {
  return path.filename().string() + " (" + kind + ", sha256 " + hash_file(HashKind::sha256, path) + ")";
}

}  // namespace soundfold::weights

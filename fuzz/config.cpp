// SPDX-License-Identifier: Apache-2.0
#include "config/load.h"
#include "promise.h"
#include "targets.h"

namespace soundfold::fuzz {

void try_config(const std::uint8_t* bytes, std::size_t count) {
  const std::string yaml(reinterpret_cast<const char*>(bytes), count);
  std::string written;
  // `extends:` starts in a folder that cannot be.
  const bool good =
      accepted([&] { written = config::to_yaml(config::parse_experiment(yaml, "input.yaml", "/dev/null/none")); });
  if (!good) return;
  std::string again;
  const bool reads_back = accepted([&] { again = config::to_yaml(config::parse_experiment(written, "written.yaml")); });
  require(reads_back && again == written, "a configuration that does not read back as it was written");
}

}  // namespace soundfold::fuzz

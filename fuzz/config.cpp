// SPDX-License-Identifier: Apache-2.0
#include "config/load.h"
#include "config/print.h"
#include "promise.h"
#include "targets.h"

namespace soundfold::fuzz {

namespace {

void try_program(const std::string& yaml, config::Program program) {
  const auto resolved = [&](const std::string& text) {
    // `extends:` starts in a folder that cannot be.
    return config::to_yaml(config::parse_experiment(text, "input.yaml", "/dev/null/none", {}, program));
  };
  std::string written, again;
  if (!accepted([&] { written = resolved(yaml); })) return;
  const bool reads_back = accepted([&] { again = resolved(written); });
  require(reads_back && again == written, "a configuration that does not read back as it was written");
}

}  // namespace

void try_config(const std::uint8_t* bytes, std::size_t count) {
  const std::string yaml(reinterpret_cast<const char*>(bytes), count);
  for (const auto program : {config::Program::trainer, config::Program::distiller}) try_program(yaml, program);
}

}  // namespace soundfold::fuzz

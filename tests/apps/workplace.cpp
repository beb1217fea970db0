// SPDX-License-Identifier: Apache-2.0
#include "apps/workplace.h"

#include <stdexcept>

namespace soundfold::testing {

Workplace::Workplace() {
  const auto imported = run(
      "importer",
      {"--from", (assets_folder() / "yamnet/yamnet_classification_int8.tflite").string(), "--out", "data/yamnet.pt"});
  if (imported.exit_code != 0) throw std::runtime_error("importer failed: " + imported.err);
}

ProgramResult Workplace::train(const std::string& config, const std::vector<std::string>& more) const {
  std::vector<std::string> arguments{"--config",  (source_folder() / "configs" / config).string(),
                                     "--set",     "data.root=" + (assets_folder() / "esc50").string(),
                                     "--threads", "1"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return run("trainer", arguments);
}

ProgramResult Workplace::run(const std::string& program, const std::vector<std::string>& arguments) const {
  return testing::run(program, arguments, folder_.path());
}

}  // namespace soundfold::testing

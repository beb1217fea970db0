// SPDX-License-Identifier: Apache-2.0
#include "apps/model_file.h"

namespace soundfold::apps {

void add_trust_option(CLI::App& app, std::string& scores) {
  app.add_option(
         "--trust-foreign-model", scores,
         "Load a TorchScript file without Soundfold's metadata too, and take its scores for logits (of one class "
         "of several) or probabilities (of each class by itself). It contains code by its author that runs with your "
         "privileges: only for files from people you trust")
      ->check(CLI::IsMember({"logits", "probabilities"}));
}

}  // namespace soundfold::apps

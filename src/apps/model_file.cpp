// SPDX-License-Identifier: Apache-2.0
#include "apps/model_file.h"

#include "deploy/file_kind.h"
#include "support/logging.h"

namespace soundfold::apps {

void add_trust_option(CLI::App& app, std::string& scores) {
  app.add_option(
         "--trust-foreign-model", scores,
         "Load a TorchScript file without Soundfold's metadata too, and take its scores for logits (of one class "
         "of several) or probabilities (of each class by itself). It is a program of its maker's that runs with "
         "your rights: only for files from people you trust")
      ->check(CLI::IsMember({"logits", "probabilities"}));
}

deploy::Model load_model(const std::filesystem::path& file, const torch::Device& device,
                         const std::string& trusted_scores) {
  if (trusted_scores.empty() || deploy::file_kind(file) != deploy::FileKind::foreign) {
    return deploy::Model::load(file, device);
  }
  spdlog::warn(
      "{}: not a model of Soundfold's; it is loaded because --trust-foreign-model says so, and what it contains "
      "runs with your rights",
      file.string());
  const auto scores = trusted_scores == "logits" ? deploy::ForeignScores::logits : deploy::ForeignScores::probabilities;
  deploy::Model model = deploy::Model::load_foreign(file, device, scores);
  if (!model.names_are_known()) {
    spdlog::warn("{}: it does not name its classes; they are numbered from 0", file.string());
  }
  return model;
}

}  // namespace soundfold::apps

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "apps/common.h"
#include "engines/compute_type.h"
#include "inspection/describe_model.h"
#include "runtime/classifier.h"

#include <memory>
#include <string>

/// What classifier and classifier_torch, and server and server_torch, do differently: one runs models without LibTorch,
/// the other with it. Each is linked with one of classifier_plain.cpp and classifier_torch.cpp.
namespace soundfold::apps {

struct ModelRequest {
  std::string file;
  std::string device = "auto";
  std::string trusted_scores;  ///< empty, "logits" or "probabilities"
  engines::Precision precision = engines::Precision::automatic;
  char** command_line = nullptr;  ///< argv of the program, with a null pointer at its end
};

/// What the options of add_model_options say of any model.
struct ModelOptions {
  std::string channels;  ///< for audio::channels_named; empty: as in the model's training
  bool no_silence_gate = false;
};

/// Declares --precision, --no-silence-gate, --channels and --trust-foreign-model.
inline void add_model_options(CLI::App& app, ModelRequest& request, ModelOptions& options) {
  add_trust_option(app, request.trusted_scores);
  app.add_flag("--no-silence-gate", options.no_silence_gate, "Classify silent sound as well");
  app.add_option("--channels", options.channels,
                 "How a sound of several channels becomes mono: mean, left, right, loudest; without it as in training")
      ->check(CLI::IsMember({"mean", "left", "right", "loudest"}));
  app.add_option_function<std::string>(
         "--precision", [&](const std::string& name) { request.precision = *choice_named<engines::Precision>(name); },
         "Arithmetic of the backbone: float32, bfloat16, or int8 where the model's weights are the TFLite file's")
      ->check(CLI::IsMember(choice_names<engines::Precision>()));
}

/// The model of a file. Without LibTorch, a file that needs it is left to the program with _torch, which runs in place
/// of this program. Throws UsageError and DataError.
std::unique_ptr<runtime::Classifier> load_model(const ModelRequest& request);

/// The same to be looked at.
inspection::ModelDescription describe_model(const ModelRequest& request);

/// To be called first by each thread that classifies, and by the main thread before.
void prepare_thread();

}  // namespace soundfold::apps

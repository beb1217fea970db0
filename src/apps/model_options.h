// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "command_line/program.h"
#include "model_loading/load_model.h"

#include <string>

namespace soundfold::apps {

/// What the options of add_model_options say of any model.
struct ModelOptions {
  std::string channels;  ///< for audio::channels_named; empty: as in the model's training
  bool no_silence_gate = false;
};

/// Declares --precision, --no-silence-gate, --channels and --trust-foreign-model.
inline void add_model_options(CLI::App& app, model_loading::ModelRequest& request, ModelOptions& options) {
  command_line::add_trust_option(app, request.trusted_scores);
  app.add_flag("--no-silence-gate", options.no_silence_gate, "Classify silent sound as well");
  app.add_option("--channels", options.channels,
                 "How a sound of several channels becomes mono: mean, left, right, loudest; without it as in training")
      ->check(CLI::IsMember({"mean", "left", "right", "loudest"}));
  app.add_option_function<std::string>(
         "--precision", [&](const std::string& name) { request.precision = *choice_named<engines::Precision>(name); },
         "Arithmetic of the backbone: float32, bfloat16, or int8 where the model's weights are the TFLite file's")
      ->check(CLI::IsMember(choice_names<engines::Precision>()));
}

}  // namespace soundfold::apps

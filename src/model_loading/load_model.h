// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engines/compute_type.h"
#include "inspection/describe_model.h"
#include "runtime/classifier.h"

#include <memory>
#include <string>

/// The model of any file that programs take. There are two libraries of these functions, of which a program is linked
/// with one: soundfold_model_loading runs models without LibTorch, whose start alone would take longer than an answer;
/// soundfold_model_loading_torch with it.
namespace soundfold::model_loading {

struct ModelRequest {
  std::string file;
  std::string device = "auto";
  std::string trusted_scores;  ///< empty, "logits" or "probabilities"
  engines::Precision precision = engines::Precision::automatic;
  char** command_line = nullptr;  ///< argv of the program, with a null pointer at its end
};

/// The model of a file. Without LibTorch, a file that needs it is left to the program with _torch, which runs in place
/// of this program. Throws UsageError and DataError.
std::unique_ptr<runtime::Classifier> load_model(const ModelRequest& request);

/// The same to be looked at.
inspection::ModelDescription describe_model(const ModelRequest& request);

/// To be called first by each thread that classifies, and by the main thread before.
void prepare_thread();

}  // namespace soundfold::model_loading

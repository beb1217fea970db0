// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "audio/waveform.h"
#include "config/experiment.h"
#include "dataset/dataset.h"
#include "deploy/model.h"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace soundfold::assessment {

/// Clips to test a model on, labelled by the model's classes.
struct EvaluationSet {
  std::vector<dataset::Clip> clips;  ///< labels index the model's class names
  bool multi_label = false;          ///< how predictions and labels are compared
  audio::DecodeOptions decoding;
  bool skip_bad = false;           ///< leave unreadable clips out instead of ending with them
  std::string description;         ///< "ESC-50, ...: test split, 16 clips"
  std::vector<std::string> notes;  ///< what was left out and why, one line each
};

/// The clips of one split of an experiment's data, or without a split all its clips. Classes are matched by name, in
/// any order; clips of classes that the model does not have are left out with a note (of multi-label clips only those
/// labels).
/// Throws UsageError when the model has none of the classes, when the data have several labels per clip and the model
/// gives one class, or when the split is empty; otherwise as prepare_data does.
EvaluationSet evaluation_set(const deploy::Model& model, const config::Experiment& experiment,
                             const std::optional<dataset::Split>& split);

/// All clips of a folder with one folder per class, of any of the model's classes (or of ESC-50's folder). Bad clips
/// are left out, and channels mixed as in training. Throws as above.
EvaluationSet evaluation_set(const deploy::Model& model, const std::filesystem::path& folder);

}  // namespace soundfold::assessment

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <soundfold/classifier.h>
#include <soundfold/export.h>

#include <filesystem>
#include <string>

namespace soundfold {

/// What to do with a model file that has no metadata of Soundfold's. Such a file is a program by its author, which runs
/// with your privileges: load it only from people you trust.
enum class ForeignModels {
  refuse,        ///< DataError
  logits,        ///< load it; its scores are logits of classes of which one holds
  probabilities  ///< load it; its scores are probabilities, 0 to 1, of each class by itself
};

struct TorchscriptOptions {
  std::string device = "auto";  ///< auto (the first CUDA device, else the processor), cpu, cuda or cuda:N
  bool silence_gate = true;     ///< false: silent sound is given classes too
  ForeignModels foreign_models = ForeignModels::refuse;
};

/// A classifier that LibTorch runs: a model.pt of trainer's, or a yamnet.pt of importer's (YAMNet's own classes, each
/// by itself). It is a program of its author: load only files from people you trust. It sets no thread count:
/// docs/library.md says how many threads LibTorch takes. A foreign model needs the whole of a sound in memory, and
/// gives no windows: window_hop_seconds() is then 0. Throws DataError when the file is missing, damaged, of a newer
/// version or not allowed, UsageError for a device that is not there.
SOUNDFOLD_API Classifier load_torchscript_model(const std::filesystem::path& model,
                                                const TorchscriptOptions& options = {});

}  // namespace soundfold

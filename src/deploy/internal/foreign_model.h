// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "device/torch.h"

#include <filesystem>
#include <string>
#include <vector>

/// TorchScript files that Soundfold did not write. Private to this room.
namespace soundfold::deploy {

/// A TorchScript module that Soundfold did not write: forward(waveform), 16 kHz mono float32 [N] or, when it does not
/// take that, [1, N], gives scores [K] or [P, K], or a tuple that begins with them. Loading and calling it executes
/// code from the file.
class ForeignModel {
 public:
  /// Loads the file and calls it once, on a second of silence. Throws DataError: missing, truncated, damaged (every
  /// checksum of the archive is verified), not TorchScript, or its forward is not of the form above.
  ForeignModel(const std::filesystem::path& path, const torch::Device& device);

  /// The attribute class_names (a list of K str) when the module has one, otherwise "class 0" to "class K-1".
  const std::vector<std::string>& class_names() const { return class_names_; }
  bool has_class_names() const { return named_; }

  /// Scores [P, K] of a waveform [N], on the CPU; P is 1 when the model gives one row. Throws DataError.
  torch::Tensor scores(const torch::Tensor& waveform);

 private:
  torch::Tensor call(const torch::Tensor& waveform);
  void find_form();
  void find_names(std::int64_t classes);

  torch::jit::Module module_;
  std::string name_;  ///< the file, for messages
  torch::Device device_;
  bool batched_ = false;  ///< forward wants [1, N]
  bool named_ = false;
  std::vector<std::string> class_names_;
};

}  // namespace soundfold::deploy

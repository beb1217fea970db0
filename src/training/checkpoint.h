// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "heads/head_state.h"
#include "training/fingerprint.h"

#include <filesystem>
#include <string>
#include <string_view>

namespace soundfold::training {

/// All that is needed to resume after a complete epoch. File format: docs/training.md.
struct Checkpoint {
  Fingerprint fingerprint;      ///< what it belongs to
  heads::NamedTensors tensors;  ///< float32, float64 or int64, on the CPU

  const torch::Tensor& tensor(const std::string& name) const;  ///< throws DataError when there is none
  /// The tensors whose names start with `prefix`, in order, without it.
  heads::NamedTensors group(const std::string& prefix) const;
  /// Adds `tensors`, their names behind `prefix`; copied only when they are not on the CPU yet.
  void add_group(const std::string& prefix, const heads::NamedTensors& tensors);
};

/// The file's bytes, and back. `name` stands for the file in messages. Throws DataError when they are not a whole,
/// undamaged checkpoint of this format version: truncated, or any bit changed.
std::string checkpoint_bytes(const Checkpoint& checkpoint);
Checkpoint parse_checkpoint(std::string_view bytes, const std::string& name);

/// Writes atomically; reads and checks. Both throw DataError naming the file.
void save_checkpoint(const std::filesystem::path& file, const Checkpoint& checkpoint);
Checkpoint load_checkpoint(const std::filesystem::path& file);

}  // namespace soundfold::training

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tensorboard/event.h"

#include <filesystem>
#include <fstream>

namespace soundfold::tensorboard {

/// A new event file. TensorBoard reads all of a folder together, in the order of their names, so that each session of a
/// resumed training writes its own. Belongs to one thread.
class EventFile {
 public:
  /// Makes `folder` when it is missing, and in it events.out.tfevents.<seconds>.<process>.<number>, with the event that
  /// every file begins with. Throws DataError.
  explicit EventFile(const std::filesystem::path& folder);

  /// Appends the event and passes it to the system, so that TensorBoard shows it at once. Throws DataError.
  void write(const Event& event);

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  std::ofstream out_;
};

}  // namespace soundfold::tensorboard

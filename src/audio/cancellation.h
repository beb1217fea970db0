// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "audio/waveform.h"

#include <cstdint>
#include <filesystem>
#include <mutex>

namespace soundfold::audio {

/// Counts the files whose channels cancel each other, and warns of the first few by name. May be used by several
/// threads at once.
class CancellationCount {
 public:
  /// What load_waveform or stream_waveform reported of `path`.
  void add(const std::filesystem::path& path, const DecodeReport& report);
  std::int64_t count() const;

 private:
  mutable std::mutex mutex_;
  std::int64_t count_ = 0;
};

/// One line for users about a file whose channels cancel each other, and what to do.
std::string cancellation_warning(const std::filesystem::path& path, const DecodeReport& report);

}  // namespace soundfold::audio

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "audio/waveform.h"

#include <filesystem>
#include <string>
#include <vector>

namespace soundfold::augmentation {

/// Recordings that variants are made with (noises, responses of rooms), mono at the rate of the waveforms, and a digest
/// of all their files and of how they were decoded.
struct Recordings {
  std::vector<std::vector<float>> waveforms;
  std::string digest;
};

/// Reads sound files, two hours in all at most. `key` is the option that names them, for messages. Throws DataError
/// naming a file that cannot be read, UsageError for none or too much.
Recordings load_recordings(const std::string& key, const std::vector<std::filesystem::path>& files,
                           const audio::DecodeOptions& decoding = {});

}  // namespace soundfold::augmentation

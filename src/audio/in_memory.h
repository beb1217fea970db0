// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "audio/waveform.h"
#include "support/errors.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace soundfold::audio {

/// A sound is longer than DecodeOptions::max_seconds.
struct TooLong : DataError {
  using DataError::DataError;
};

/// As stream_waveform() does it of a file, of the bytes of a sound file in memory; `name` stands for it in messages.
/// Throws TooLong for one that is longer than options.max_seconds.
std::int64_t stream_waveform_of(std::string_view bytes, const std::string& name,
                                const std::function<void(const float* samples, std::size_t count)>& consume,
                                const DecodeOptions& options = {}, DecodeReport* report = nullptr);

}  // namespace soundfold::audio

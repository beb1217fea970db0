// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "audio/waveform.h"

#include <soundfold/audio.h>

namespace soundfold {

/// The public options as audio/ has them, for samples at `sample_rate_hz`.
audio::DecodeOptions decode_options(const AudioOptions& options, int sample_rate_hz = audio::kSampleRateHz);

}  // namespace soundfold

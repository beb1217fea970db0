// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pictures/sound_picture.h"

#include <string>
#include <vector>

/// Pictures of a sound that stand alone, for papers and pages. `samples` are 16 kHz mono, at least one, and begin
/// `start_seconds` into the sound, where the axis of time begins; `name` is for screen readers.
namespace soundfold::pictures {

/// Amplitude over time, each column from its lowest to its highest sample.
std::string waveform_picture(const std::vector<float>& samples, const std::string& name, double start_seconds = 0);

/// The network's log-mel (64 bands, 125 to 7,500 Hz) over time, with the scale of its colours in dB.
std::string spectrogram_picture(const std::vector<float>& samples, const std::string& name, double start_seconds = 0);

/// The log-mel, and below it a row for each of timeline.classes (any number, in their order), coloured by the
/// probability: at each time that of the window whose middle is nearest; where several windows share a column, the
/// highest. Throws UsageError when the timeline's hop is not known.
std::string timeline_picture(const std::vector<float>& samples, const std::string& name, const Timeline& timeline,
                             double start_seconds = 0);

}  // namespace soundfold::pictures

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "audio/waveform.h"
#include "extraction/extraction.h"
#include "frontend/stretch.h"

#include <filesystem>
#include <optional>
#include <vector>

namespace soundfold::extraction {

/// What a stretch of a recording is of the recording's record: a range of its patches. A whole file, and a bad one,
/// stay as they are. Throws UsageError for a stretch and a front end with centered frames (CED's).
ExtractedClip clip_of(const ExtractedClip& recording, const std::optional<frontend::Stretch>& stretch,
                      const frontend::InputRecipe& input, const ExtractionOptions& options);

/// The samples of a clip: of a whole file, or those that the windows of a stretch see, from the first sample of its
/// first window to the last of its last. A network with `input` makes of them the same windows that a recording's
/// record in the store has there (the last one of a recording, too, which is filled up with zeros). The file is decoded
/// from its beginning, block by block. `options` may ask for another rate than the network's, to play the clip. Throws
/// as audio::load_waveform does.
std::vector<float> clip_waveform(const std::filesystem::path& path, const std::optional<frontend::Stretch>& stretch,
                                 const audio::DecodeOptions& options, const frontend::InputRecipe& input,
                                 int patch_hop_frames, audio::DecodeReport* report = nullptr);

}  // namespace soundfold::extraction

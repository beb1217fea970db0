// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "audio/waveform.h"
#include "extraction/extraction.h"
#include "frontend/stretch.h"
#include "support/errors.h"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace soundfold::extraction {

/// Whether stretches are embedded as sounds of their own, which hold the stretch's samples alone
/// (frontend::samples_of): where patches may be short. Otherwise a recording is embedded as a whole, and a stretch has
/// windows of it (frontend::patches_of).
bool embeds_stretches(const frontend::InputRecipe& input);

/// What extract() is given for a clip that may be a stretch; `id` names its file.
ClipFile file_of(const std::string& id, const std::filesystem::path& path,
                 const std::optional<frontend::Stretch>& stretch, const frontend::InputRecipe& input);

/// What a stretch is of what was extracted of file_of(): a range of the recording's patches, or all. A whole file, and
/// a bad one, stay as they are.
ExtractedClip clip_of(const ExtractedClip& extracted, const std::optional<frontend::Stretch>& stretch,
                      const frontend::InputRecipe& input, const ExtractionOptions& options);

/// The samples of a clip: of a whole file, or of a stretch its own, or those that its windows see, from the first
/// sample of the first window to the last of the last. A network with `input` makes of them the same windows that the
/// store has of the stretch (the last one of a recording, too, which is filled up with zeros). The file is decoded from
/// its beginning, block by block. `options` may ask for another rate than the network's, to play the clip. Throws as
/// audio::load_waveform does, and behind_the_end().
std::vector<float> clip_waveform(const std::filesystem::path& path, const std::optional<frontend::Stretch>& stretch,
                                 const audio::DecodeOptions& options, const frontend::InputRecipe& input,
                                 int patch_hop_frames, audio::DecodeReport* report = nullptr);

/// Of a stretch that has no sample in its file.
DataError behind_the_end(const std::filesystem::path& path, const frontend::Stretch& stretch);

}  // namespace soundfold::extraction

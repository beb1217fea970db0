// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "frontend/recipe.h"

#include <cstdint>
#include <string>

namespace soundfold::frontend {

/// A part of a recording, and which of the recording's windows (patches) are its own: those of which it covers at least
/// window_share, and those that cover at least event_share of it. A share above 1 never holds.
struct Stretch {
  double start_s = 0, end_s = 0;
  double window_share = 0.5;  ///< of a window's length
  double event_share = 0.5;   ///< of the stretch's length
};

/// Patches first, first + 1, ..., first + count - 1 of a waveform.
struct PatchRange {
  std::int64_t first = 0, count = 0;
};

/// The patches of `stretch` among the `patch_count` of a waveform, which start patch_hop_frames apart. At least one:
/// where none is, the one whose middle is nearest to the stretch's.
PatchRange patches_of(const Stretch& stretch, std::int64_t patch_count, int patch_hop_frames = kPatchHopFrames,
                      const InputRecipe& recipe = {});

/// Samples begin, begin + 1, ..., end - 1 of a waveform.
struct SampleRange {
  std::int64_t begin = 0, end = 0;
};

/// The stretch's own samples at a rate: from the one nearest to its start up to the one nearest to its end, which may
/// lie behind the recording's; at least one.
SampleRange samples_of(const Stretch& stretch, int sample_rate_hz);

/// "#t=12.480,14.400", as W3C's Media Fragments URI 1.0 names a part of a sound: behind a path it makes a name, behind
/// an address it plays the part.
std::string fragment_text(const Stretch& stretch);

}  // namespace soundfold::frontend

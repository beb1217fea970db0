// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "containers/sound_bytes.h"

#include <string>

namespace soundfold::containers {

/// What the sizes in a container say of a file that was truncated, which FFmpeg mostly takes for its end: such as "its
/// mdat box claims 13000 bytes, 6200 are there"; "" when all fits or nothing is claimed. Walks
/// the outermost parts only: boxes of MP4 and related formats (ISO/IEC 14496-12, section 4.2),
/// elements of Matroska and WebM (RFC 8794), down to the blocks where the outer ones are open, objects of ASF
/// (Microsoft's "Advanced Systems Format", section 2.1), chunks of AVI (as in find_payload()). Moves the position.
std::string box_overrun(SoundBytes& bytes);

}  // namespace soundfold::containers

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "decoding/decoder.h"

#include <memory>
#include <string>

namespace soundfold::decoding {

/// libsndfile's decoder for `bytes`, or FFmpeg's for what libsndfile does not know. Throws DataError when neither reads
/// them: where libsndfile knows what they are, with its message about their damage.
std::unique_ptr<Decoder> open_plain(containers::SoundBytes& bytes, const std::string& name);

}  // namespace soundfold::decoding

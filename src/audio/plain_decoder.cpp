// SPDX-License-Identifier: Apache-2.0
#include "audio/plain_decoder.h"

#include "audio/ffmpeg_decoder.h"
#include "audio/sndfile_decoder.h"
#include "support/errors.h"

#include <utility>

namespace soundfold::audio {

std::unique_ptr<Decoder> open_plain(SoundBytes& bytes, const std::string& name) {
  bytes.seek(0, SEEK_SET);
  SF_INFO header = {};
  SndfileDecoder::Handle handle(bytes.open(header));
  if (!bytes.problem().empty()) throw DataError(name + ": " + bytes.problem());
  if (handle != nullptr) return std::make_unique<SndfileDecoder>(bytes, name, std::move(handle), header);
  const bool known = sf_error(nullptr) != SF_ERR_UNRECOGNISED_FORMAT;
  const std::string reason = sf_strerror(nullptr);
  try {
    return open_with_ffmpeg(bytes, name);
  } catch (const DataError&) {
    if (!known || !bytes.problem().empty()) throw;
    throw DataError(name + ": cannot be read as sound (" + reason + ")");
  }
}

}  // namespace soundfold::audio

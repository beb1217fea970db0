// SPDX-License-Identifier: Apache-2.0
#include "audio/decoder.h"
#include "audio/mpeg_decoder.h"
#include "audio/sndfile_decoder.h"
#include "support/errors.h"

namespace soundfold::audio {

std::unique_ptr<Decoder> open_decoder(SoundBytes& bytes, const std::string& name) {
  bytes.restrict_to(0, bytes.file_size());
  SF_INFO header = {};
  SndfileDecoder::Handle handle(bytes.open(header));
  if (!bytes.problem().empty()) throw DataError(name + ": " + bytes.problem());
  if (bytes.size() == 0) throw DataError(name + ": is empty (0 bytes)");
  if (handle == nullptr) throw DataError(name + ": cannot be read as sound (" + sf_strerror(nullptr) + ")");
  if ((header.format & SF_FORMAT_TYPEMASK) == SF_FORMAT_MPEG) {
    handle.reset();
    return std::make_unique<MpegDecoder>(bytes, name, format_name(header.format));
  }
  return std::make_unique<SndfileDecoder>(bytes, name, std::move(handle), header);
}

}  // namespace soundfold::audio

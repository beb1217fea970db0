// SPDX-License-Identifier: Apache-2.0
#include "decoding/internal/plain_decoder.h"

#include "decoding/internal/ffmpeg_decoder.h"
#include "decoding/internal/mpeg_decoder.h"
#include "decoding/internal/sndfile_decoder.h"
#include "support/errors.h"

#include <utility>

namespace soundfold::decoding {
namespace {

/// Whether the file begins as a container of FFmpeg's does, in which frames of MPEG audio may well lie.
bool begins_as_container(containers::SoundBytes& bytes) {
  std::string head(12, '\0');
  bytes.seek(0, SEEK_SET);
  head.resize(static_cast<std::size_t>(bytes.read(head.data(), 12)));
  const auto stands = [&](std::size_t at, const std::string& magic) {
    return head.compare(at, magic.size(), magic) == 0;
  };
  for (const char* box : {"ftyp", "moov", "mdat", "free", "skip", "wide", "styp"}) {
    if (head.size() == 12 && stands(4, box)) return true;
  }
  return stands(0, "\x1A\x45\xDF\xA3") || stands(0, "\x30\x26\xB2\x75") || stands(0, "RIFF") || stands(0, "FLV") ||
         stands(0, "OggS") || stands(0, std::string("\0\0\1\xBA", 4)) || stands(0, "G") || stands(0, ".RMF");
}

/// A dump of a stream begins in the middle of a frame. Null when there is none.
std::unique_ptr<Decoder> open_mpeg_further_on(containers::SoundBytes& bytes, const std::string& name) {
  if (begins_as_container(bytes)) return nullptr;
  const MpegPlace place = find_mpeg_further_on(bytes);
  if (place.layer == 0) return nullptr;
  bytes.restrict_to(place.begin, place.end);
  return std::make_unique<MpegDecoder>(bytes, name, mpeg_name(place.layer));
}

}  // namespace

std::unique_ptr<Decoder> open_plain(containers::SoundBytes& bytes, const std::string& name) {
  bytes.seek(0, SEEK_SET);
  SF_INFO header = {};
  SndfileDecoder::Handle handle(bytes.open(header));
  bytes.throw_problem(name);
  if (handle != nullptr) return std::make_unique<SndfileDecoder>(bytes, name, std::move(handle), header);
  const bool known = sf_error(nullptr) != SF_ERR_UNRECOGNISED_FORMAT;
  const std::string reason = sf_strerror(nullptr);
  try {
    return open_with_ffmpeg(bytes, name);
  } catch (const DataError&) {
    if (!bytes.problem().empty()) throw;
    const char* hint = ffmpeg_is_available() ? "" : "; this build has no FFmpeg, which reads more kinds of files";
    if (known) throw DataError(name + ": cannot be read as sound (" + reason + ")" + hint);
    if (auto mpeg = open_mpeg_further_on(bytes, name)) return mpeg;
    throw;
  }
}

}  // namespace soundfold::decoding

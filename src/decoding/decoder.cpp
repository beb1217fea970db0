// SPDX-License-Identifier: Apache-2.0
#include "decoding/decoder.h"

#include "containers/payload.h"
#include "decoding/internal/mpeg_decoder.h"
#include "decoding/internal/ogg_decoder.h"
#include "decoding/internal/plain_decoder.h"
#include "support/errors.h"

#include <string>
#include <utility>

namespace soundfold::decoding {
namespace {

constexpr int kWavMpeg = 0x50, kWavMp3 = 0x55;

/// The MPEG frames in a WAV. Its `fact` chunk, which libsndfile believes, counts the encoder's padding or does not.
std::unique_ptr<Decoder> open_mpeg_in_wav(containers::SoundBytes& bytes, const std::string& name,
                                          const containers::Payload& payload) {
  if (payload.present_bytes < payload.promised_bytes) {
    throw DataError(name + ": truncated or damaged: its header claims " + std::to_string(payload.promised_bytes) +
                    " bytes of MPEG audio, " + std::to_string(payload.present_bytes) +
                    " are there; fetch or export the file again");
  }
  bytes.restrict_to(payload.begin, payload.begin + payload.present_bytes);
  return std::make_unique<MpegDecoder>(bytes, name, "WAV, MPEG audio");
}

}  // namespace

std::unique_ptr<Decoder> open_decoder(containers::SoundBytes& bytes, const std::string& name) {
  if (bytes.file_size() == 0) throw DataError(name + ": is empty (0 bytes)");
  bytes.restrict_to(0, bytes.file_size());
  const containers::Payload payload = containers::find_payload(bytes);
  if (payload.container == "RIFF" && (payload.wav_coding == kWavMpeg || payload.wav_coding == kWavMp3)) {
    return open_mpeg_in_wav(bytes, name, payload);
  }
  if (payload.size_overflowed) {
    throw DataError(
        name + ": its header claims " + std::to_string(payload.promised_bytes) + " bytes of sound, but " +
        std::to_string(bytes.file_size() - payload.begin) +
        " are there: too many for such a header; convert it to FLAC, W64 or RF64 with a tool that ignores it");
  }
  if (payload.size_field > 0) bytes.replace(payload.size_field, payload.size_bytes);
  if (const MpegPlace mpeg = find_mpeg(bytes); mpeg.layer > 0) {
    bytes.restrict_to(mpeg.begin, mpeg.end);
    return std::make_unique<MpegDecoder>(bytes, name, mpeg_name(mpeg.layer));
  }
  auto links = find_ogg_links(bytes, name);
  if (!links.empty()) return std::make_unique<OggDecoder>(bytes, name, std::move(links));
  return open_plain(bytes, name);
}

}  // namespace soundfold::decoding

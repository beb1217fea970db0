// SPDX-License-Identifier: Apache-2.0
#include "decoding/internal/sndfile_decoder.h"

#include "containers/payload.h"
#include "support/errors.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace soundfold::decoding {
namespace {

bool length_is_known(std::int64_t frames) {
  return frames > 0 && frames < SF_COUNT_MAX;
}

/// Whether every sample takes the same number of bytes.
bool has_fixed_width(int format) {
  switch (format & SF_FORMAT_SUBMASK) {
    case SF_FORMAT_PCM_S8:
    case SF_FORMAT_PCM_U8:
    case SF_FORMAT_PCM_16:
    case SF_FORMAT_PCM_24:
    case SF_FORMAT_PCM_32:
    case SF_FORMAT_FLOAT:
    case SF_FORMAT_DOUBLE:
      return true;
    default:
      return false;
  }
}

}  // namespace

std::string format_name(int format) {
  SF_FORMAT_INFO container = {};
  container.format = format & SF_FORMAT_TYPEMASK;
  SF_FORMAT_INFO coding = {};
  coding.format = format & SF_FORMAT_SUBMASK;
  if (sf_command(nullptr, SFC_GET_FORMAT_INFO, &container, sizeof container) != 0) return "unknown format";
  std::string name = container.name;
  name.resize(std::min(name.size(), name.find(" (")));
  if (sf_command(nullptr, SFC_GET_FORMAT_INFO, &coding, sizeof coding) != 0) return name;
  return name + ", " + coding.name;
}

SndfileDecoder::SndfileDecoder(containers::SoundBytes& bytes, std::string name, Handle handle, const SF_INFO& header)
    : bytes_(bytes), name_(std::move(name)), handle_(std::move(handle)), header_(header) {}

SoundInfo SndfileDecoder::info() const {
  return {header_.samplerate, header_.channels, length_is_known(header_.frames) ? header_.frames : 0,
          format_name(header_.format)};
}

Block SndfileDecoder::read() {
  const auto channels = static_cast<std::size_t>(std::max(1, header_.channels));
  const std::size_t most_frames = std::max<std::size_t>(1, kBlockValues / channels);
  values_.resize(most_frames * channels);
  const sf_count_t given = sf_readf_float(handle_.get(), values_.data(), static_cast<sf_count_t>(most_frames));
  bytes_.throw_problem(name_);
  if (given <= 0 && sf_error(handle_.get()) != SF_ERR_NO_ERROR) {
    throw DataError(name_ + ": decoding failed after " + std::to_string(frames_read_) +
                    " frames: " + sf_strerror(handle_.get()));
  }
  if (given <= 0) check_complete();
  const sf_count_t frames = std::max<sf_count_t>(0, given);
  frames_read_ += frames;
  return {values_.data(), static_cast<std::size_t>(frames), header_.channels, header_.samplerate};
}

/// A file truncated in the middle would otherwise pass as a shorter one.
void SndfileDecoder::check_complete() const {
  const int container = header_.format & SF_FORMAT_TYPEMASK;
  if (container == SF_FORMAT_OGG && header_.frames == SF_COUNT_MAX) {
    throw DataError(name_ + ": truncated: its Ogg stream has no end mark (" + std::to_string(frames_read_) +
                    " frames could be decoded); fetch or export the file again");
  }
  if (length_is_known(header_.frames)) refuse_when_short(static_cast<double>(header_.frames));
  const containers::Payload payload = containers::find_payload(bytes_);
  if (payload.promised_bytes == 0) return;
  // Exact where every sample has the same width; in proportion where it has not (libsndfile's byte rate is then rough).
  const auto present_bytes = static_cast<double>(std::max<std::int64_t>(1, payload.present_bytes));
  const double frames_per_byte = has_fixed_width(header_.format)
                                     ? static_cast<double>(header_.samplerate) / sf_current_byterate(handle_.get())
                                     : static_cast<double>(frames_read_) / present_bytes;
  refuse_when_short(frames_per_byte * static_cast<double>(payload.promised_bytes));
}

void SndfileDecoder::refuse_when_short(double promised_frames) const {
  const double tolerated = 0.01 * header_.samplerate;  // 10 ms: some writers miscount by a block or a header
  if (promised_frames - static_cast<double>(frames_read_) <= tolerated) return;
  throw DataError(name_ + ": truncated or damaged: its header claims " + std::to_string(std::llround(promised_frames)) +
                  " frames, " + std::to_string(frames_read_) + " could be decoded; fetch or export the file again");
}

}  // namespace soundfold::decoding

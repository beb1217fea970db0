// SPDX-License-Identifier: Apache-2.0
#include "audio/sound_file.h"

#include "audio/container.h"
#include "support/errors.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace soundfold::audio {
namespace fs = std::filesystem;
namespace {

constexpr int kMostChannels = 64;
constexpr int kHighestRateHz = 768'000;
constexpr std::size_t kBlockValues = 16'384;  // of all channels together; fits the caches beside what works on it
constexpr float kLargestValue = 1e15f;

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

std::string whole_number(double value) {
  return std::to_string(static_cast<long long>(std::llround(value)));
}

}  // namespace

SoundFile::SoundFile(const fs::path& path) : path_(path), bytes_(path) {
  handle_.reset(bytes_.open(header_));
  std::string problem = bytes_.problem();
  if (!problem.empty()) {
    // the disk's, not the sound's
  } else if (bytes_.size() == 0) {
    problem = "is empty (0 bytes)";
  } else if (handle_ == nullptr) {
    problem = std::string("cannot be read as sound (") + sf_strerror(nullptr) + "); libsndfile reads WAV, FLAC, Ogg, " +
              "MP3, AIFF and others, but not AAC or M4A";
  } else if (header_.channels < 1 || header_.channels > kMostChannels) {
    problem = "has " + std::to_string(header_.channels) + " channels; 1 to " + std::to_string(kMostChannels) +
              " are supported";
  } else if (header_.samplerate < 1 || header_.samplerate > kHighestRateHz) {
    problem = "has a sample rate of " + std::to_string(header_.samplerate) + " Hz; 1 to " +
              std::to_string(kHighestRateHz) + " are supported";
  }
  if (!problem.empty()) throw DataError(path.string() + ": " + problem);
  if ((header_.format & SF_FORMAT_TYPEMASK) == SF_FORMAT_MPEG) {
    mpeg_ = std::make_unique<MpegStream>(bytes_, path.string());
  }
}

SoundInfo SoundFile::info() const {
  SoundInfo info;
  info.sample_rate_hz = header_.samplerate;
  info.channels = header_.channels;
  info.frames = length_is_known(header_.frames) ? header_.frames : 0;
  info.format = format_name(header_.format);
  return info;
}

const std::vector<float>& SoundFile::read_mono() {
  const auto channels = static_cast<std::size_t>(header_.channels);
  const std::size_t most_frames = kBlockValues / channels;
  interleaved_.resize(most_frames * channels);
  const std::int64_t frames = read_interleaved(static_cast<std::int64_t>(most_frames));
  if (frames <= 0) {
    check_complete();
    mono_.clear();
    return mono_;
  }
  mix_to_mono(static_cast<std::size_t>(frames));
  check_values();
  frames_read_ += frames;
  return mono_;
}

/// Fills interleaved_ with up to that many frames and gives how many there were; 0 at the end.
std::int64_t SoundFile::read_interleaved(std::int64_t frames) {
  if (mpeg_) {
    const auto most = static_cast<std::size_t>(frames), channels = static_cast<std::size_t>(header_.channels);
    return static_cast<std::int64_t>(mpeg_->read(interleaved_.data(), most, channels));
  }
  const sf_count_t given = sf_readf_float(handle_.get(), interleaved_.data(), frames);
  if (!bytes_.problem().empty()) throw DataError(path_.string() + ": " + bytes_.problem());
  if (given <= 0 && sf_error(handle_.get()) != SF_ERR_NO_ERROR) {
    throw DataError(path_.string() + ": decoding failed after " + std::to_string(frames_read_) +
                    " frames: " + sf_strerror(handle_.get()));
  }
  return given;
}

void SoundFile::mix_to_mono(std::size_t frames) {
  const auto channels = static_cast<std::size_t>(header_.channels);
  if (channels == 1) {
    interleaved_.resize(frames);
    mono_.swap(interleaved_);
    return;
  }
  mono_.resize(frames);
  const float* values = interleaved_.data();
  for (std::size_t frame = 0; frame < frames; ++frame, values += channels) {
    double sum = 0;
    for (std::size_t channel = 0; channel < channels; ++channel) sum += static_cast<double>(values[channel]);
    mono_[frame] = static_cast<float>(sum / static_cast<double>(channels));
  }
}

void SoundFile::check_values() const {
  int bad_values = 0;  // no bool, so that the loop becomes vector instructions
  for (const float value : mono_) bad_values |= !(std::abs(value) <= kLargestValue);  // true for NaN
  if (bad_values == 0) return;
  const auto bad = std::find_if(mono_.begin(), mono_.end(), [](float x) { return !(std::abs(x) <= kLargestValue); });
  const std::int64_t frame = frames_read_ + (bad - mono_.begin());
  const std::string what = std::isnan(*bad) ? "NaN" : std::isinf(*bad) ? "infinite" : "above 1e15";
  throw DataError(path_.string() + ": sample " + std::to_string(frame) + " is " + what +
                  "; samples must be finite (full scale is 1)");
}

/// A file cut off in the middle would otherwise pass as a shorter one. MP3 is let through: any number of its frames is
/// a sound.
void SoundFile::check_complete() const {
  const int container = header_.format & SF_FORMAT_TYPEMASK;
  if (container == SF_FORMAT_MPEG) return;
  if (container == SF_FORMAT_OGG && header_.frames == SF_COUNT_MAX) {
    throw DataError(path_.string() + ": cut off: its Ogg stream has no end mark (" + std::to_string(frames_read_) +
                    " frames could be decoded); fetch or export the file again");
  }
  if (length_is_known(header_.frames)) refuse_when_short(static_cast<double>(header_.frames));
  const PayloadSize payload = payload_size(bytes_.descriptor(), bytes_.size());
  if (payload.promised_bytes == 0) return;
  // Exact where every sample has the same width; in proportion where it has not (libsndfile's byte rate is then rough).
  const auto present_bytes = static_cast<double>(std::max<std::int64_t>(1, payload.present_bytes));
  const double frames_per_byte = has_fixed_width(header_.format)
                                     ? static_cast<double>(header_.samplerate) / sf_current_byterate(handle_.get())
                                     : static_cast<double>(frames_read_) / present_bytes;
  refuse_when_short(frames_per_byte * static_cast<double>(payload.promised_bytes));
}

void SoundFile::refuse_when_short(double promised_frames) const {
  const double tolerated = 0.01 * header_.samplerate;  // 10 ms: some writers miscount by a block or a header
  if (promised_frames - static_cast<double>(frames_read_) <= tolerated) return;
  throw DataError(path_.string() + ": cut off or damaged: its header claims " + whole_number(promised_frames) +
                  " frames, " + std::to_string(frames_read_) + " could be decoded; fetch or export the file again");
}

}  // namespace soundfold::audio

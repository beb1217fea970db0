// SPDX-License-Identifier: Apache-2.0
#include "audio/internal/sound_file.h"

#include "audio/in_memory.h"
#include "support/errors.h"

#include <algorithm>
#include <cmath>
#include <sstream>
#include <string>

namespace soundfold::audio {
namespace fs = std::filesystem;
namespace {

constexpr int kHighestRateHz = 768'000;
constexpr float kLargestValue = 100;  // the exported graph refuses what lies above, too

bool is_bad(float value) {
  return !(std::abs(value) <= kLargestValue);  // true for NaN
}

}  // namespace

SoundFile::SoundFile(const fs::path& path, const DecodeOptions& options)
    : path_(path), bytes_(path), channels_(options.channels), max_seconds_(options.max_seconds) {
  start();
}

SoundFile::SoundFile(std::string_view bytes, const std::string& name, const DecodeOptions& options)
    : path_(name),
      bytes_(containers::SoundBytes::of_memory(bytes)),
      channels_(options.channels),
      max_seconds_(options.max_seconds) {
  start();
}

void SoundFile::start() {
  decoder_ = decoding::open_decoder(bytes_, path_.string());
  const decoding::SoundInfo header = info();
  check_format(header.channels, header.sample_rate_hz);
  if (channels_ == Channels::loudest && (header.channels > 1 || decoder_->format_may_change())) find_loudest();
}

void SoundFile::find_loudest() {
  ChannelLevels levels;
  while (true) {
    const decoding::Block block = read_block();
    if (block.frames == 0) break;
    levels.add(block, {});
  }
  loudest_ = levels.loudest();
  frames_read_ = 0;
  seconds_read_ = 0;
  decoder_.reset();  // before the next one reads the same bytes
  decoder_ = decoding::open_decoder(bytes_, path_.string());
}

MonoBlock SoundFile::read_mono() {
  const decoding::Block block = read_block();
  if (block.frames == 0) {
    mono_.clear();
  } else if (channels_ == Channels::mean) {
    mix_channels(block, mono_);
    if (block.channels > 1 || decoder_->format_may_change()) levels_.add(block, mono_);
  } else {
    pick_channel(block, channels_ == Channels::loudest ? loudest_ : channels_ == Channels::right ? 1 : 0, mono_);
  }
  return {mono_, block.sample_rate_hz};
}

decoding::Block SoundFile::read_block() {
  const decoding::Block block = decoder_->read();
  if (block.frames == 0) return block;
  check_format(block.channels, block.sample_rate_hz);
  check_values(block);
  frames_read_ += static_cast<std::int64_t>(block.frames);
  seconds_read_ += static_cast<double>(block.frames) / block.sample_rate_hz;
  refuse_when_long();
  return block;
}

void SoundFile::refuse_when_long() const {
  if (max_seconds_ <= 0 || seconds_read_ <= max_seconds_) return;
  std::ostringstream message;
  message << path_.string() << ": longer than the " << max_seconds_ << " s allowed";
  throw TooLong(message.str());
}

void SoundFile::check_format(int channels, int sample_rate_hz) const {
  if (channels < 1 || channels > kMostChannels) {
    throw DataError(path_.string() + ": has " + std::to_string(channels) + " channels; 1 to " +
                    std::to_string(kMostChannels) + " are supported");
  }
  if (sample_rate_hz < 1 || sample_rate_hz > kHighestRateHz) {
    throw DataError(path_.string() + ": has a sample rate of " + std::to_string(sample_rate_hz) + " Hz; 1 to " +
                    std::to_string(kHighestRateHz) + " are supported");
  }
}

void SoundFile::check_values(const decoding::Block& block) const {
  const std::size_t count = block.frames * static_cast<std::size_t>(block.channels);
  int bad_values = 0;  // no bool, so that the loop becomes vector instructions
  for (std::size_t i = 0; i < count; ++i) bad_values |= static_cast<int>(is_bad(block.values[i]));
  if (bad_values == 0) return;
  const float* bad = std::find_if(block.values, block.values + count, is_bad);
  const std::int64_t frame = frames_read_ + (bad - block.values) / block.channels;
  const std::string where = path_.string() + ": sample " + std::to_string(frame) + " is ";
  if (!std::isfinite(*bad)) {
    throw DataError(where + (std::isnan(*bad) ? "NaN" : "infinite") + "; samples must be finite (full scale is 1)");
  }
  std::ostringstream value;
  value << *bad;
  throw DataError(where + value.str() +
                  ", but full scale is 1; if these are 16-bit values in a float file, divide by 32768");
}

}  // namespace soundfold::audio

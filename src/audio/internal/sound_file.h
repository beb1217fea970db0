// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "audio/internal/channels.h"
#include "audio/waveform.h"
#include "containers/sound_bytes.h"
#include "decoding/decoder.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace soundfold::audio {

/// Consecutive mono samples of one rate.
struct MonoBlock {
  const std::vector<float>& samples;  ///< empty at the end; the file's own, until the next call
  int sample_rate_hz = 0;
};

/// An open sound file that gives mono samples at its own rate. Not for use by two threads at once.
class SoundFile {
 public:
  /// With Channels::loudest, reads a file of several channels once to find which that is. Throws DataError when `path`
  /// is missing, not a regular file, not a sound, or out of the supported range; TooLong, as read_mono() does.
  explicit SoundFile(const std::filesystem::path& path, const DecodeOptions& options = {});

  /// The same of a file's bytes in memory, which must live longer; `name` stands for it in messages.
  SoundFile(std::string_view bytes, const std::string& name, const DecodeOptions& options);

  decoding::SoundInfo info() const { return decoder_->info(); }
  std::int64_t frames_read() const { return frames_read_; }
  /// Of what was read so far; for Channels::mean only.
  const ChannelLevels& levels() const { return levels_; }

  /// The next samples. The rate may change from block to block. Throws DataError at the end of a file that was
  /// truncated, and for NaN or infinite samples in any channel; TooLong beyond options.max_seconds.
  MonoBlock read_mono();

 private:
  void start();
  decoding::Block read_block();
  void check_format(int channels, int sample_rate_hz) const;
  void check_values(const decoding::Block& block) const;
  void refuse_when_long() const;
  void find_loudest();

  std::filesystem::path path_;
  containers::SoundBytes bytes_;
  Channels channels_;
  double max_seconds_;
  std::unique_ptr<decoding::Decoder> decoder_;
  std::size_t loudest_ = 0;
  std::int64_t frames_read_ = 0;
  double seconds_read_ = 0;
  ChannelLevels levels_;
  std::vector<float> mono_;
};

}  // namespace soundfold::audio

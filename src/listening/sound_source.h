// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "audio/mono_stream.h"
#include "text/choice.h"

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace soundfold::listening {

/// How samples without a header are written; interleaved, little-endian.
enum class SampleType { u8, s16le, s24le, s32le, f32le, f64le };

constexpr ChoiceNames<SampleType> choice_names_of(SampleType) {
  return {{"u8", "s16le", "s24le", "s32le", "f32le", "f64le"}};
}

/// Where endless sound comes from: read() until it gives nothing.
class SoundSource {
 public:
  virtual ~SoundSource() = default;
  /// What read() gives.
  virtual audio::SampleFormat format() const = 0;
  /// Waits for sound, and gives what there is: [frames, channels], a few hundredths of a second at most; empty: the
  /// sound has ended. Throws Interrupted when a stop is requested, DataError when the source fails.
  virtual const std::vector<float>& read() = 0;
};

/// Samples without a header.
struct RawFormat {
  audio::SampleFormat format;
  SampleType type = SampleType::s16le;
};

/// "s16le:16000:1": type, rate in Hz, channels. Throws UsageError, saying what is allowed.
RawFormat raw_format_named(const std::string& text);

/// Standard input, or what a named pipe or file holds: a WAV stream, or samples without a header as `raw` says. A pipe
/// is waited for until something writes to it. Throws DataError when it cannot be opened or is not a WAV stream.
std::unique_ptr<SoundSource> pipe_source(const std::string& path, const RawFormat* raw);

/// The standard output of a command, which the shell runs; ended with SIGTERM when the source is destroyed.
std::unique_ptr<SoundSource> command_source(const std::string& command, const RawFormat* raw);

}  // namespace soundfold::listening

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sndfile.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace soundfold::testing {

inline constexpr int kFloatWav = SF_FORMAT_WAV | SF_FORMAT_FLOAT;

/// Writes interleaved samples with libsndfile; `format` is SF_FORMAT_... values joined by |.
void write_sound(const std::filesystem::path& path, const std::vector<float>& interleaved, int channels, int rate_hz,
                 int format);

/// `value` as that many bytes, the least significant first.
std::string little_endian(std::uint32_t value, int bytes = 4);

/// Writes bytes as they are.
void write_bytes(const std::filesystem::path& path, const std::string& bytes);

/// Writes the first `count` bytes of one file to another.
void copy_beginning(const std::filesystem::path& from, const std::filesystem::path& to, std::size_t count);

/// `count` samples of amplitude * sin(2 pi hz t), times `gain` of each channel, interleaved.
std::vector<float> tone(std::size_t count, double hz, int rate_hz, const std::vector<double>& channel_gains = {1.0},
                        double amplitude = 0.5);

/// Largest absolute difference of `samples` to the tone at 16 kHz, `margin` samples at both ends left out.
double tone_error(const std::vector<float>& samples, double hz, double amplitude, std::size_t margin);

/// Amplitude of the part of `samples`, 16 kHz, that is a tone of `hz`: 2 / n * |sum x(t) e^(-2 pi i hz t)|.
double tone_level(const std::vector<float>& samples, double hz);

/// Closes this process's descriptors of a file, so that each further read of it fails. Returns how many there were.
int close_descriptors_of(const std::filesystem::path& file);

}  // namespace soundfold::testing

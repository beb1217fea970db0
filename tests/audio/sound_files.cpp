// SPDX-License-Identifier: Apache-2.0
#include "audio/sound_files.h"

#include "support/files.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <fstream>
#include <stdexcept>

namespace soundfold::testing {

void write_sound(const std::filesystem::path& path, const std::vector<float>& interleaved, int channels, int rate_hz,
                 int format) {
  SF_INFO header = {};
  header.channels = channels;
  header.samplerate = rate_hz;
  header.format = format;
  SNDFILE* file = sf_open(path.c_str(), SFM_WRITE, &header);
  if (file == nullptr) throw std::runtime_error("cannot write " + path.string() + ": " + sf_strerror(nullptr));
  const auto frames = static_cast<sf_count_t>(interleaved.size()) / channels;
  const bool written = sf_writef_float(file, interleaved.data(), frames) == frames;
  if (sf_close(file) != 0 || !written) throw std::runtime_error("cannot write " + path.string());
}

std::string little_endian(std::uint32_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text.push_back(static_cast<char>(value >> (8 * i) & 0xFF));
  return text;
}

void write_bytes(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

void copy_beginning(const std::filesystem::path& from, const std::filesystem::path& to, std::size_t count) {
  write_bytes(to, read_file(from).substr(0, count));
}

std::vector<float> tone(std::size_t count, double hz, int rate_hz, const std::vector<double>& channel_gains,
                        double amplitude) {
  std::vector<float> samples;
  samples.reserve(count * channel_gains.size());
  for (std::size_t i = 0; i < count; ++i) {
    const double value = amplitude * std::sin(2 * M_PI * hz * static_cast<double>(i) / rate_hz);
    for (const double gain : channel_gains) samples.push_back(static_cast<float>(gain * value));
  }
  return samples;
}

double tone_error(const std::vector<float>& samples, double hz, double amplitude, std::size_t margin) {
  double worst = 0;
  for (std::size_t i = margin; i + margin < samples.size(); ++i) {
    const double expected = amplitude * std::sin(2 * M_PI * hz * static_cast<double>(i) / 16'000);
    worst = std::max(worst, std::abs(static_cast<double>(samples[i]) - expected));
  }
  return worst;
}

double tone_level(const std::vector<float>& samples, double hz) {
  std::complex<double> sum = 0;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    sum += static_cast<double>(samples[i]) * std::polar(1.0, -2 * M_PI * hz * static_cast<double>(i) / 16'000);
  }
  return 2 * std::abs(sum) / static_cast<double>(samples.size());
}

int close_descriptors_of(const std::filesystem::path& file) {
  std::vector<int> descriptors;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code gone;
    if (std::filesystem::read_symlink(entry.path(), gone) == file) {
      descriptors.push_back(std::stoi(entry.path().filename()));
    }
  }
  for (const int descriptor : descriptors) ::close(descriptor);
  return static_cast<int>(descriptors.size());
}

}  // namespace soundfold::testing

// SPDX-License-Identifier: Apache-2.0
#include "apps/synthetic_sounds.h"

#include <sndfile.h>

#include <array>
#include <cmath>
#include <memory>
#include <random>
#include <stdexcept>

namespace soundfold::testing {
namespace {

constexpr double kPi = 3.14159265358979323846;

struct Format {
  int rate_hz, channels, format;
  const char* extension;
};
constexpr std::array<Format, 5> kFormats = {{{44100, 2, SF_FORMAT_WAV | SF_FORMAT_PCM_16, ".wav"},
                                             {22050, 1, SF_FORMAT_FLAC | SF_FORMAT_PCM_16, ".flac"},
                                             {48000, 2, SF_FORMAT_OGG | SF_FORMAT_VORBIS, ".ogg"},
                                             {8000, 1, SF_FORMAT_WAV | SF_FORMAT_PCM_16, ".wav"},
                                             {16000, 1, SF_FORMAT_WAV | SF_FORMAT_FLOAT, ".wav"}}};

/// 0.2 s on, 0.2 s off.
double beep(double t, double hz) {
  return std::fmod(t, 0.4) < 0.2 ? 0.5 * std::sin(2 * kPi * hz * t) : 0;
}

/// A low thud that fades within some ms.
double knock(double t, double period, double white) {
  const double since = std::fmod(t, period);
  return 0.8 * std::exp(-since / 0.02) * (std::sin(2 * kPi * 180 * since) + 0.3 * white);
}

}  // namespace

std::vector<float> synthetic_sound(Kind kind, int number, int rate_hz) {
  std::mt19937 generator(static_cast<unsigned>(number) * 3U + static_cast<unsigned>(kind));
  std::vector<float> samples(static_cast<std::size_t>(rate_hz * (2.0 + number % 3)));
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const double t = static_cast<double>(i) / rate_hz;
    const double white = static_cast<double>(generator()) / 2147483648.0 - 1;
    const double value = kind == Kind::beeps   ? beep(t, 900 + 60 * number)
                         : kind == Kind::noise ? (0.1 + 0.02 * (number % 4)) * white
                                               : knock(t, 0.35 + 0.03 * number, white);
    samples[i] = static_cast<float>(value);
  }
  return samples;
}

std::filesystem::path write_synthetic_sound(const std::filesystem::path& folder, Kind kind, int number) {
  const Format& format = kFormats[static_cast<std::size_t>(number) % kFormats.size()];
  std::filesystem::create_directories(folder);
  const auto path = folder / ("sound" + std::to_string(number) + format.extension);
  SF_INFO info{};
  info.samplerate = format.rate_hz;
  info.channels = format.channels;
  info.format = format.format;
  const std::unique_ptr<SNDFILE, int (*)(SNDFILE*)> file(sf_open(path.c_str(), SFM_WRITE, &info), sf_close);
  if (!file) throw std::runtime_error(path.string() + ": " + sf_strerror(nullptr));
  const auto mono = synthetic_sound(kind, number, format.rate_hz);
  std::vector<float> interleaved;
  for (const float x : mono) {
    interleaved.push_back(x);
    if (format.channels == 2) interleaved.push_back(0.5F * x);
  }
  const auto frames = static_cast<sf_count_t>(mono.size());
  if (sf_writef_float(file.get(), interleaved.data(), frames) != frames) throw std::runtime_error(path.string());
  return path;
}

}  // namespace soundfold::testing

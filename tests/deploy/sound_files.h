// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sndfile.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace soundfold::testing {

/// Writes interleaved samples as a float WAV.
inline void write_wav(const std::string& path, const std::vector<float>& samples, int channels, int rate_hz) {
  SF_INFO info{};
  info.channels = channels;
  info.samplerate = rate_hz;
  info.format = SF_FORMAT_WAV | SF_FORMAT_FLOAT;
  const std::unique_ptr<SNDFILE, int (*)(SNDFILE*)> file(sf_open(path.c_str(), SFM_WRITE, &info), sf_close);
  if (!file) throw std::runtime_error(path + ": " + sf_strerror(nullptr));
  sf_write_float(file.get(), samples.data(), static_cast<sf_count_t>(samples.size()));
}

/// All samples of a mono file.
inline std::vector<float> read_mono_wav(const std::string& path) {
  SF_INFO info{};
  const std::unique_ptr<SNDFILE, int (*)(SNDFILE*)> file(sf_open(path.c_str(), SFM_READ, &info), sf_close);
  if (!file || info.channels != 1) throw std::runtime_error(path + ": not a readable mono file");
  std::vector<float> samples(static_cast<std::size_t>(info.frames));
  sf_readf_float(file.get(), samples.data(), info.frames);
  return samples;
}

}  // namespace soundfold::testing

// SPDX-License-Identifier: Apache-2.0
#include "audio/waveform.h"
#include "seeds.h"
#include "support/files.h"

#include <sndfile.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

namespace soundfold::fuzz {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kSamples = 640;
constexpr std::size_t kHeadBytes = 3000;

/// A piece of a real recording, or a tone when there is none.
std::vector<float> sound(const fs::path& mirror) {
  const fs::path recording = mirror / "audio" / "miaow_16k.wav";
  if (!mirror.empty() && fs::exists(recording)) {
    const std::vector<float> whole = audio::load_waveform(recording);
    const auto start = static_cast<std::ptrdiff_t>(whole.size() / 4);
    return {whole.begin() + start, whole.begin() + start + static_cast<std::ptrdiff_t>(kSamples)};
  }
  std::vector<float> tone(kSamples);
  for (std::size_t i = 0; i < tone.size(); ++i) tone[i] = 0.5F * std::sin(0.17F * static_cast<float>(i));
  return tone;
}

/// Every pair of container and coding that libsndfile can write.
std::vector<int> writable_formats(int channels, int rate_hz) {
  int majors = 0, codings = 0;
  sf_command(nullptr, SFC_GET_FORMAT_MAJOR_COUNT, &majors, sizeof majors);
  sf_command(nullptr, SFC_GET_FORMAT_SUBTYPE_COUNT, &codings, sizeof codings);
  std::vector<int> formats;
  for (int i = 0; i < majors * codings; ++i) {
    SF_FORMAT_INFO major = {}, coding = {};
    major.format = i / codings;
    coding.format = i % codings;
    sf_command(nullptr, SFC_GET_FORMAT_MAJOR, &major, sizeof major);
    sf_command(nullptr, SFC_GET_FORMAT_SUBTYPE, &coding, sizeof coding);
    SF_INFO info = {};
    info.samplerate = rate_hz;
    info.channels = channels;
    info.format = (major.format & SF_FORMAT_TYPEMASK) | coding.format;
    if (sf_format_check(&info) != 0) formats.push_back(info.format);
  }
  return formats;
}

void add_format(const Places& places, const std::vector<float>& samples, int format, int channels, int rate_hz) {
  const fs::path path = places.out / "sound";
  SF_INFO info = {};
  info.samplerate = rate_hz;
  info.channels = channels;
  info.format = format;
  SNDFILE* file = sf_open(path.c_str(), SFM_WRITE, &info);
  if (file == nullptr) return;  // libsndfile allows more pairs than it can write
  sf_write_float(file, samples.data(), static_cast<sf_count_t>(samples.size()));
  sf_close(file);
  char name[64];
  std::snprintf(name, sizeof name, "%08x-%d-%d", static_cast<unsigned>(format), channels, rate_hz);
  places.add("audio", name, read_file(path));
  fs::remove(path);
}

/// The beginnings of a few real recordings, as they are.
void add_recordings(const Places& places) {
  for (const auto& folder : {places.mirror / "audio", places.mirror / "esc50" / "audio"}) {
    std::vector<fs::path> files;
    std::error_code none;
    for (fs::directory_iterator entry(folder, none), end; !none && entry != end; entry.increment(none)) {
      if (entry->is_regular_file()) files.push_back(entry->path());
    }
    std::sort(files.begin(), files.end());
    for (std::size_t i = 0; i < std::min<std::size_t>(files.size(), 4); ++i) {
      places.add("audio", "head-" + files[i].filename().string(), read_file(files[i]).substr(0, kHeadBytes));
    }
  }
}

}  // namespace

void make_sounds(const Places& places) {
  make_folder(places.out);
  const std::vector<float> samples = sound(places.mirror);
  for (const int format : writable_formats(1, 16'000)) add_format(places, samples, format, 1, 16'000);
  for (const int major : {SF_FORMAT_WAV, SF_FORMAT_AIFF, SF_FORMAT_FLAC}) {
    add_format(places, samples, major | SF_FORMAT_PCM_24, 2, 44'100);
  }
  add_format(places, samples, SF_FORMAT_OGG | SF_FORMAT_VORBIS, 2, 8'000);
  if (!places.mirror.empty()) add_recordings(places);
}

}  // namespace soundfold::fuzz

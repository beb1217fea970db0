// SPDX-License-Identifier: Apache-2.0
#include "audio/waveform.h"
#include "seeds.h"
#include "support/files.h"

#ifdef SOUNDFOLD_FFMPEG
#include "audio/encoded_files.h"
#endif

#include <sndfile.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
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

/// Small files that FFmpeg alone reads, as its own encoders write them.
void add_encoded(const Places& places, const std::vector<float>& samples) {
#ifdef SOUNDFOLD_FFMPEG
  const fs::path path = places.out / "encoded";
  const std::pair<const char*, const char*> kinds[] = {
      {"ipod", "aac"},      {"ipod", "alac"},     {"mp4", "aac"},    {"webm", "opus"},
      {"matroska", "flac"}, {"ogg", "flac"},      {"wv", "wavpack"}, {"tta", "tta"},
      {"asf", "wmav2"},     {"avi", "pcm_s16le"}, {"adts", "aac"},   {"ac3", "ac3"},
      {"mpegts", "ac3"},    {"caf", "alac"},      {"flv", "aac"},    {"mov", "pcm_s16le"}};
  for (const auto& [container, encoder] : kinds) {
    testing::write_encoded(path, container, {{encoder, samples, 1, 48'000}});
    places.add("audio", std::string(container) + "-" + encoder, read_file(path));
    fs::remove(path);
  }
#else
  static_cast<void>(places);
  static_cast<void>(samples);
#endif
}

/// A chained Ogg, and MPEG audio in a WAV.
void add_chains(const Places& places, const std::vector<float>& samples) {
  const fs::path path = places.out / "link";
  const auto bytes_of = [&](int format, int rate_hz) {
    SF_INFO info = {};
    info.samplerate = rate_hz;
    info.channels = 1;
    info.format = format;
    SNDFILE* file = sf_open(path.c_str(), SFM_WRITE, &info);
    if (file == nullptr) return std::string();
    sf_write_float(file, samples.data(), static_cast<sf_count_t>(samples.size()));
    sf_close(file);
    return read_file(path);
  };
  places.add("audio", "chain",
             bytes_of(SF_FORMAT_OGG | SF_FORMAT_VORBIS, 8'000) + bytes_of(SF_FORMAT_OGG | SF_FORMAT_OPUS, 16'000));
  const std::string mp3 = bytes_of(SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III, 16'000);
  std::string head("RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x55\0\1\0\x80\x3E\0\0\0\x10\0\0\1\0\0\0data\0\0\0\0", 44);
  places.add("audio", "mpeg-in-wav", head + mp3);
  fs::remove(path);
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
  add_encoded(places, samples);
  add_chains(places, samples);
  if (!places.mirror.empty()) add_recordings(places);
}

}  // namespace soundfold::fuzz

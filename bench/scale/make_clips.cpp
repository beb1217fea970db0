// SPDX-License-Identifier: Apache-2.0
// make_clips: many short sound files, each with bytes of its own, cut from real recordings; or one long one.

#include "audio/waveform.h"
#include "support/errors.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

using namespace soundfold;
namespace fs = std::filesystem;

namespace {

constexpr std::int64_t kFilesPerFolder = 1000;

struct Arguments {
  fs::path from;
  fs::path out;
  std::int64_t count = 1000;
  double seconds = 0.25;
  bool joined = false;
};

std::vector<fs::path> recordings_in(const fs::path& folder) {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.is_regular_file()) paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  if (paths.empty()) throw DataError(folder.string() + ": no recordings in it");
  return paths;
}

std::string little_endian(std::uint32_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i) & 0xFF);
  return text;
}

/// The 44 bytes before the samples of a mono WAV of 16 bits at 16 kHz.
std::string wav_header(std::uint32_t data_bytes) {
  return "RIFF" + little_endian(36 + data_bytes, 4) + "WAVEfmt " + little_endian(16, 4) + little_endian(1, 2) +
         little_endian(1, 2) + little_endian(audio::kSampleRateHz, 4) + little_endian(2 * audio::kSampleRateHz, 4) +
         little_endian(2, 2) + little_endian(16, 2) + "data" + little_endian(data_bytes, 4);
}

std::string as_16_bit(const std::vector<float>& waveform) {
  std::string bytes;
  bytes.reserve(2 * waveform.size());
  for (const float sample : waveform) {
    const auto value = static_cast<std::int16_t>(std::clamp(sample, -1.0F, 1.0F) * 32'767.0F);
    bytes += little_endian(static_cast<std::uint16_t>(value), 2);
  }
  return bytes;
}

/// Without the sync of write_wav(), which would take most of the time for so many files.
void write_plain(const fs::path& path, std::string_view samples) {
  const std::string header = wav_header(static_cast<std::uint32_t>(samples.size()));
  std::FILE* file = std::fopen(path.c_str(), "wb");
  if (file == nullptr) throw DataError("cannot write " + path.string());
  const bool written = std::fwrite(header.data(), 1, header.size(), file) == header.size() &&
                       std::fwrite(samples.data(), 1, samples.size(), file) == samples.size();
  if (std::fclose(file) != 0 || !written) throw DataError("cannot write " + path.string() + "; is the disk full?");
}

fs::path clip_path(const fs::path& out, std::int64_t number) {
  const fs::path folder = out / std::to_string(number / kFilesPerFolder);
  if (number % kFilesPerFolder == 0) fs::create_directories(folder);
  return folder / (std::to_string(number) + ".wav");
}

/// Cuts the recordings into neighbouring pieces, again and again from a later start, until there are enough pieces;
/// pieces with equal bytes (digital silence) count once.
void make_clips(const Arguments& arguments) {
  constexpr std::size_t kSampleBytes = 2;
  constexpr std::size_t kShift = 160 * kSampleBytes;
  const auto piece = static_cast<std::size_t>(arguments.seconds * audio::kSampleRateHz) * kSampleBytes;
  std::unordered_set<std::size_t> seen;
  std::int64_t made = 0;
  const auto paths = recordings_in(arguments.from);
  for (std::size_t start = 0; start < piece; start += kShift) {
    for (const auto& path : paths) {
      const std::string samples = as_16_bit(audio::load_waveform(path));
      for (std::size_t at = start; at + piece <= samples.size(); at += piece) {
        const std::string_view cut = std::string_view(samples).substr(at, piece);
        if (!seen.insert(std::hash<std::string_view>{}(cut)).second) continue;
        write_plain(clip_path(arguments.out, made), cut);
        if (++made == arguments.count) return;
      }
    }
  }
  throw DataError("only " + std::to_string(made) + " different clips in " + arguments.from.string() +
                  "; ask for fewer or shorter ones");
}

/// One file of the recordings one after the other, from the first again when there are too few.
void make_long_file(const Arguments& arguments) {
  const auto wanted = static_cast<std::size_t>(arguments.seconds * audio::kSampleRateHz) * 2;
  std::string samples;
  while (samples.size() < wanted) {
    for (const auto& path : recordings_in(arguments.from)) {
      if (samples.size() < wanted) samples += as_16_bit(audio::load_waveform(path));
    }
  }
  samples.resize(wanted);
  fs::create_directories(arguments.out);
  write_plain(arguments.out / "joined.wav", samples);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Cuts recordings into many short WAV files of 16 kHz, each with bytes of its own, or joins them.",
               "make_clips"};
  Arguments arguments;
  app.add_option("--from", arguments.from, "Folder of recordings")->required();
  app.add_option("--out", arguments.out, "Folder for the files, 1,000 in each folder below it")->required();
  app.add_option("--count", arguments.count, "How many")->capture_default_str()->check(CLI::PositiveNumber);
  app.add_option("--seconds", arguments.seconds, "Length of one file")
      ->capture_default_str()
      ->check(CLI::Range(0.01, 36'000.0));
  app.add_flag("--joined", arguments.joined, "One file, joined.wav, of that length");
  CLI11_PARSE(app, argc, argv);
  try {
    arguments.joined ? make_long_file(arguments) : make_clips(arguments);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "make_clips: error: %s\n", error.what());
    return 1;
  }
  return 0;
}

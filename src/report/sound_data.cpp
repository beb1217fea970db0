// SPDX-License-Identifier: Apache-2.0
#include "report/sound_data.h"

#include "frontend/recipe.h"
#include "pictures/png.h"
#include "pictures/svg.h"
#include "support/errors.h"
#include "text/text.h"

#include <sndfile.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace soundfold::report {
namespace {

/// A file in memory, as libsndfile calls it.
struct MemoryFile {
  std::string bytes;
  sf_count_t at = 0;
};

MemoryFile& memory_file(void* file) {
  return *static_cast<MemoryFile*>(file);
}

sf_count_t memory_length(void* file) {
  return static_cast<sf_count_t>(memory_file(file).bytes.size());
}

sf_count_t memory_seek(sf_count_t offset, int whence, void* file) {
  auto& memory = memory_file(file);
  const sf_count_t base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? memory.at : memory_length(file);
  return memory.at = std::max<sf_count_t>(0, base + offset);
}

sf_count_t memory_read(void* to, sf_count_t count, void* file) {
  auto& memory = memory_file(file);
  const auto taken = std::max<sf_count_t>(0, std::min(count, memory_length(file) - memory.at));
  if (taken > 0) std::memcpy(to, memory.bytes.data() + memory.at, static_cast<std::size_t>(taken));
  memory.at += taken;
  return taken;
}

sf_count_t memory_write(const void* from, sf_count_t count, void* file) {
  auto& memory = memory_file(file);
  const auto end = static_cast<std::size_t>(memory.at + count);
  if (memory.bytes.size() < end) memory.bytes.resize(end);
  std::memcpy(memory.bytes.data() + memory.at, from, static_cast<std::size_t>(count));
  memory.at += count;
  return count;
}

sf_count_t memory_tell(void* file) {
  return memory_file(file).at;
}

/// The samples in one of libsndfile's formats; empty when it does not write that.
std::string encoded(const std::vector<float>& samples, int format) {
  MemoryFile memory;
  SF_VIRTUAL_IO calls = {memory_length, memory_seek, memory_read, memory_write, memory_tell};
  SF_INFO info{};
  info.samplerate = frontend::kSampleRateHz;
  info.channels = 1;
  info.format = format;
  SNDFILE* file = sf_open_virtual(&calls, SFM_WRITE, &info, &memory);
  if (file == nullptr) return "";
  // Of MP3 some 20 kbit/s at this rate, of Opus's 6 to 256 kbit/s about 18, of Vorbis's qualities a low one.
  double level = 0.98;
  sf_command(file, SFC_SET_COMPRESSION_LEVEL, &level, sizeof level);
  sf_command(file, SFC_SET_CLIPPING, nullptr, SF_TRUE);
  const auto count = static_cast<sf_count_t>(samples.size());
  const bool written = sf_writef_float(file, samples.data(), count) == count;
  return sf_close(file) == 0 && written ? memory.bytes : "";
}

}  // namespace

ReportAudio audio_named(const std::string& name) {
  if (name == "embed") return ReportAudio::embed;
  if (name == "link") return ReportAudio::link;
  if (name == "none") return ReportAudio::none;
  throw UsageError("report: sounds are embed, link or none; given: " + shown(name));
}

std::string sound_uri(const std::vector<float>& samples) {
  // MP3 is written six times as fast as Opus and played by every browser.
  constexpr std::array<std::pair<int, const char*>, 4> kFormats = {{{SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III, "mpeg"},
                                                                    {SF_FORMAT_OGG | SF_FORMAT_OPUS, "ogg"},
                                                                    {SF_FORMAT_OGG | SF_FORMAT_VORBIS, "ogg"},
                                                                    {SF_FORMAT_WAV | SF_FORMAT_PCM_16, "wav"}}};
  for (const auto& [format, name] : kFormats) {
    const auto bytes = encoded(samples, format);
    if (!bytes.empty()) return std::string("data:audio/") + name + ";base64," + pictures::base64(bytes);
  }
  throw DataError(std::string("libsndfile writes neither MP3, Ogg nor WAV: ") + sf_strerror(nullptr));
}

std::string file_address(const std::string& path) {
  constexpr const char* kDigits = "0123456789ABCDEF";
  std::string address = path.rfind('/', 0) == 0 ? "file://" : "";
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' ||
                       c == '-' || c == '_' || c == '.' || c == '~';
    address += plain ? std::string(1, c) : std::string{'%', kDigits[byte >> 4], kDigits[byte & 15]};
  }
  return address;
}

std::string player(const std::string& name, const std::string& address, const std::string& id) {
  return "<audio controls preload=\"none\"" + (id.empty() ? "" : " id=\"" + id + "\"") + " aria-label=\"" +
         pictures::escaped(pictures::shortened(name, 120)) + "\" src=\"" + address + "\"></audio>\n";
}

}  // namespace soundfold::report

// SPDX-License-Identifier: Apache-2.0
#include "microphone/microphone.h"

#include "microphone/internal/lost_sound.h"
#include "support/errors.h"
#include "support/interrupt.h"
#include "support/logging.h"
#include "text/text.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <set>
#include <utility>

extern "C" {  // alsa-lib's headers declare one function behind their own braces
#include <alsa/asoundlib.h>
}

namespace soundfold::microphone {
namespace {

constexpr int kPollMs = 200;               ///< how soon a stop request is noticed
constexpr unsigned kBlocksPerS = 50;       ///< of 20 ms
constexpr unsigned kBufferUs = 1'000'000;  ///< how late sound may be read
constexpr int kMostRecoveries = 10;        ///< in a row, without sound between them

double steady_s() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

void log_alsa(const char* file, int line, const char* function, int status, const char* format, std::va_list values) {
  char text[500];
  std::vsnprintf(text, sizeof(text), format, values);
  logger().debug("ALSA: {} ({}:{}, {}{})", shown(text, sizeof(text)), file, line, function,
                 status == 0 ? "" : std::string(": ") + snd_strerror(status));
}

/// While it lives, ALSA's own words on this thread are logged; else it prints them on stderr.
class AlsaLog {
 public:
  AlsaLog() : before_(snd_lib_error_set_local(log_alsa)) {}
  ~AlsaLog() { snd_lib_error_set_local(before_); }
  AlsaLog(const AlsaLog&) = delete;
  AlsaLog& operator=(const AlsaLog&) = delete;

 private:
  snd_local_error_handler_t before_;
};

struct PcmDeleter {
  void operator()(snd_pcm_t* pcm) const { snd_pcm_close(pcm); }
};
struct SettingsDeleter {
  void operator()(snd_pcm_hw_params_t* settings) const { snd_pcm_hw_params_free(settings); }
};
using Pcm = std::unique_ptr<snd_pcm_t, PcmDeleter>;

std::string reason_of(int status) {
  switch (status) {
    case -ENOENT:
      return "there is no such device; listener --list-microphones lists those of this machine";
    case -EBUSY:
      return "another program records from it";
    case -ENODEV:
      return "unplugged";
    default:
      return snd_strerror(status);
  }
}

/// Null with `status` set: it cannot be opened.
Pcm opened_pcm(const std::string& name, int& status) {
  snd_pcm_t* pcm = nullptr;
  status = snd_pcm_open(&pcm, name.c_str(), SND_PCM_STREAM_CAPTURE, SND_PCM_NONBLOCK);
  return Pcm(status < 0 ? nullptr : pcm);
}

class Microphone : public listening::SoundSource {
 public:
  Microphone(std::string name, int wanted_hz) : name_(std::move(name)) {
    const AlsaLog words;
    set_up(wanted_hz);
    start();
  }
  ~Microphone() override {
    if (const auto warning = lost_.rest()) warn(*warning);
  }
  Microphone(const Microphone&) = delete;
  Microphone& operator=(const Microphone&) = delete;

  audio::SampleFormat format() const override { return format_; }

  const std::vector<float>& read() override {
    const AlsaLog words;
    int recoveries = 0;
    while (true) {
      throw_if_interrupted("stopped");
      const auto frames = read_some();
      if (frames > 0) return block_;
      if (frames == 0 || frames == -EAGAIN || frames == -EINTR) continue;
      if (++recoveries > kMostRecoveries) fail("reading", static_cast<int>(frames));
      recover(static_cast<int>(frames));
    }
  }

 private:
  [[noreturn]] void fail(const std::string& what, int status) const {
    throw DataError("microphone '" + shown(name_) + "': " + what + (what.empty() || status == 0 ? "" : ": ") +
                    (status == 0 ? "" : reason_of(status)));
  }
  void check(const std::string& what, int status) const {
    if (status < 0) fail(what, status);
  }
  void warn(const std::string& text) const { logger().warn("microphone '{}': {}", shown(name_), text); }

  /// Sets access and format of all settings that the device offers. False: it gives no floats.
  bool takes_floats(snd_pcm_hw_params_t* settings) const {
    check("settings", snd_pcm_hw_params_any(pcm_.get(), settings));
    return snd_pcm_hw_params_set_access(pcm_.get(), settings, SND_PCM_ACCESS_RW_INTERLEAVED) >= 0 &&
           snd_pcm_hw_params_set_format(pcm_.get(), settings, SND_PCM_FORMAT_FLOAT) >= 0;
  }

  void open(const std::string& alsa_name) {
    pcm_.reset();  // a device may be open once only
    int status = 0;
    pcm_ = opened_pcm(alsa_name, status);
    check("", status);
  }

  void set_up(int wanted_hz) {
    snd_pcm_hw_params_t* made = nullptr;
    check("settings", snd_pcm_hw_params_malloc(&made));
    const std::unique_ptr<snd_pcm_hw_params_t, SettingsDeleter> settings(made);
    open(name_);
    if (!takes_floats(made)) {  // the hardware itself: then behind ALSA's converter
      open("plug:'" + name_ + "'");
      if (!takes_floats(made)) fail("it gives no samples that ALSA can convert", 0);
    }
    unsigned channels = 1;
    check("channels", snd_pcm_hw_params_set_channels_near(pcm_.get(), made, &channels));
    snd_pcm_hw_params_set_rate_resample(pcm_.get(), made, 0);
    auto rate_hz = static_cast<unsigned>(wanted_hz);
    unsigned least_hz = rate_hz;
    snd_pcm_hw_params_set_rate_min(pcm_.get(), made, &least_hz, nullptr);  // refused where all rates are lower
    check("rate", snd_pcm_hw_params_set_rate_near(pcm_.get(), made, &rate_hz, nullptr));
    snd_pcm_uframes_t period = std::max(1U, rate_hz / kBlocksPerS);
    most_frames_ = static_cast<snd_pcm_sframes_t>(period);
    check("period", snd_pcm_hw_params_set_period_size_near(pcm_.get(), made, &period, nullptr));
    unsigned buffer_us = kBufferUs;
    check("buffer", snd_pcm_hw_params_set_buffer_time_near(pcm_.get(), made, &buffer_us, nullptr));
    check("settings", snd_pcm_hw_params(pcm_.get(), made));
    format_ = {static_cast<int>(rate_hz), static_cast<int>(channels)};
    logger().debug("microphone '{}': {} Hz, channels: {}", shown(name_), rate_hz, channels);
  }

  void start() {
    if (snd_pcm_state(pcm_.get()) == SND_PCM_STATE_PREPARED) check("starting", snd_pcm_start(pcm_.get()));
    read_at_s_ = steady_s();
    left_frames_ = 0;
  }

  /// Frames that are now in block_; 0: none yet; below 0: an error of ALSA.
  snd_pcm_sframes_t read_some() {
    const int ready = snd_pcm_wait(pcm_.get(), kPollMs);
    if (ready <= 0) return ready;
    const auto there = snd_pcm_avail_update(pcm_.get());
    if (there <= 0) return there;
    const auto channels = static_cast<std::size_t>(format_.channels);
    const auto wanted = static_cast<std::size_t>(std::min(there, most_frames_));
    block_.resize(wanted * channels);
    const auto frames = snd_pcm_readi(pcm_.get(), block_.data(), wanted);
    if (frames <= 0) return frames;
    block_.resize(static_cast<std::size_t>(frames) * channels);
    read_at_s_ = steady_s();
    left_frames_ = there - frames;
    return frames;
  }

  /// After an overrun, or sleep of the machine: what was not read is lost, and recording starts again.
  void recover(int status) {
    if (status != -EPIPE && status != -ESTRPIPE) fail("", status);
    check("after an overrun", snd_pcm_recover(pcm_.get(), status, 1));
    const double left_s = static_cast<double>(left_frames_) / format_.sample_rate_hz;
    const double before_s = read_at_s_;
    start();
    if (const auto warning = lost_.add(read_at_s_ - before_s + left_s, read_at_s_)) warn(*warning);
  }

  std::string name_;
  Pcm pcm_;
  audio::SampleFormat format_;
  snd_pcm_sframes_t most_frames_ = 0;  ///< of a block
  std::vector<float> block_;
  double read_at_s_ = 0;               ///< when sound was last read
  snd_pcm_sframes_t left_frames_ = 0;  ///< that were in ALSA's buffer then
  LostSound lost_;
};

/// One of ALSA's hints about a device, on one line.
std::string hint_of(const void* device, const char* key) {
  char* text = snd_device_name_get_hint(device, key);
  const std::string hint = text == nullptr ? "" : one_line(text);
  std::free(text);
  return hint;
}

/// ALSA lists its converters and other systems' devices too.
bool is_microphone(const void* device, const std::string& name) {
  static const std::set<std::string> others = {"null",      "lavrate", "samplerate", "speexrate", "speex",
                                               "usbstream", "upmix",   "vdownmix",   "jack",      "oss"};
  if (others.count(name) != 0 || hint_of(device, "IOID") == "Output") return false;
  if (name.find("CARD=") != std::string::npos) return true;
  int status = 0;
  const auto pcm = opened_pcm(name, status);
  return pcm != nullptr || status == -EBUSY;
}

}  // namespace

std::vector<Device> microphones() {
  const AlsaLog words;
  void** hints = nullptr;
  std::vector<Device> devices;
  if (snd_device_name_hint(-1, "pcm", &hints) < 0) return devices;
  for (void** hint = hints; *hint != nullptr; ++hint) {
    const auto name = hint_of(*hint, "NAME");
    if (is_microphone(*hint, name)) devices.push_back({name, hint_of(*hint, "DESC")});
  }
  snd_device_name_free_hint(hints);
  return devices;
}

std::string microphone_lines() {
  std::string lines;
  for (const auto& device : microphones()) lines += device.name + "\t" + device.description + "\n";
  if (lines.empty()) {
    throw DataError(
        "no microphone: ALSA knows no device that records; is one plugged in, and is this user in the group audio?");
  }
  return lines;
}

std::unique_ptr<listening::SoundSource> microphone_source(const std::string& device, int wanted_hz) {
  return std::make_unique<Microphone>(device, wanted_hz);
}

}  // namespace soundfold::microphone

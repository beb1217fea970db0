// SPDX-License-Identifier: Apache-2.0
#include "listening/sound_source.h"

#include "support/errors.h"
#include "support/interrupt.h"
#include "text/text.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sndfile.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <sstream>
#include <utility>

namespace soundfold::listening {
namespace {

constexpr int kMostRawChannels = 64;
constexpr int kPartMs = 2;        ///< between looks at how much of a frame has arrived
constexpr int kPollMs = 200;      ///< how soon a stop request is noticed
constexpr double kBlockS = 0.01;  ///< of sound read at a time

int subtype_of(SampleType type) {
  switch (type) {
    case SampleType::u8:
      return SF_FORMAT_PCM_U8;
    case SampleType::s16le:
      return SF_FORMAT_PCM_16;
    case SampleType::s24le:
      return SF_FORMAT_PCM_24;
    case SampleType::s32le:
      return SF_FORMAT_PCM_32;
    case SampleType::f32le:
      return SF_FORMAT_FLOAT;
    case SampleType::f64le:
      return SF_FORMAT_DOUBLE;
  }
  return SF_FORMAT_PCM_16;
}

/// Of one sample; 0 for those that are compressed.
int bytes_of(int sndfile_format) {
  switch (sndfile_format & SF_FORMAT_SUBMASK) {
    case SF_FORMAT_PCM_U8:
    case SF_FORMAT_PCM_S8:
    case SF_FORMAT_ULAW:
    case SF_FORMAT_ALAW:
      return 1;
    case SF_FORMAT_PCM_16:
      return 2;
    case SF_FORMAT_PCM_24:
      return 3;
    case SF_FORMAT_PCM_32:
    case SF_FORMAT_FLOAT:
      return 4;
    case SF_FORMAT_DOUBLE:
      return 8;
    default:
      return 0;
  }
}

/// A file descriptor that is closed at the end.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ > STDERR_FILENO) close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number() const { return number_; }

 private:
  int number_;
};

/// Until `wanted_bytes` can be read without waiting, or the other side is closed. Returns how many can be.
int wait_for_bytes(int descriptor, int wanted_bytes) {
  while (true) {
    throw_if_interrupted("stopped");
    pollfd waited{descriptor, POLLIN, 0};
    const int ready = poll(&waited, 1, kPollMs);
    if (ready < 0 && errno != EINTR) throw DataError(std::string("waiting for sound: ") + std::strerror(errno));
    if (ready <= 0) continue;
    int there = 0;
    const bool known = ioctl(descriptor, FIONREAD, &there) == 0;
    if (!known || there >= wanted_bytes || (waited.revents & POLLIN) == 0 || (waited.revents & POLLHUP) != 0) {
      return known ? there : wanted_bytes;
    }
    if (there == 0) return 0;  // the end of a file
    usleep(kPartMs * 1'000);
  }
}

/// Sound from a descriptor, through libsndfile, which reads pipes.
class DescriptorSource : public SoundSource {
 public:
  DescriptorSource(int descriptor, std::string name, const RawFormat* raw)
      : descriptor_(descriptor), name_(std::move(name)) {
    SF_INFO info{};
    if (raw != nullptr) {
      info.samplerate = raw->format.sample_rate_hz;
      info.channels = raw->format.channels;
      info.format = SF_FORMAT_RAW | SF_ENDIAN_LITTLE | subtype_of(raw->type);
    }
    wait_for_bytes(descriptor, 1);
    file_ = sf_open_fd(descriptor, SFM_READ, &info, SF_FALSE);
    if (file_ == nullptr) {
      throw DataError(name_ + ": not a WAV stream (" + sf_strerror(nullptr) +
                      "); samples without a header need --raw TYPE:RATE:CHANNELS");
    }
    format_ = {info.samplerate, info.channels};
    most_frames_ = static_cast<int>(std::max(1.0, kBlockS * format_.sample_rate_hz));
    frame_bytes_ = bytes_of(info.format) * info.channels;
    block_.reserve(static_cast<std::size_t>(most_frames_) * static_cast<std::size_t>(format_.channels));
  }
  ~DescriptorSource() override { sf_close(file_); }
  DescriptorSource(const DescriptorSource&) = delete;
  DescriptorSource& operator=(const DescriptorSource&) = delete;

  audio::SampleFormat format() const override { return format_; }

  const std::vector<float>& read() override {
    const int there = wait_for_bytes(descriptor_.number(), std::max(1, frame_bytes_));
    // At the end libsndfile finds out by itself that there is nothing, or only a part of a frame.
    const int wanted = frame_bytes_ == 0 ? most_frames_ : std::clamp(there / frame_bytes_, 1, most_frames_);
    const auto channels = static_cast<std::size_t>(format_.channels);
    block_.resize(static_cast<std::size_t>(wanted) * channels);
    const auto frames = sf_readf_float(file_, block_.data(), wanted);
    block_.resize(static_cast<std::size_t>(std::max<sf_count_t>(0, frames)) * channels);
    return block_;
  }

 private:
  Descriptor descriptor_;
  std::string name_;
  SNDFILE* file_ = nullptr;
  audio::SampleFormat format_;
  int most_frames_ = 0;
  int frame_bytes_ = 0;  ///< 0: compressed
  std::vector<float> block_;
};

/// A shell command with its standard output to read.
class CommandSource : public SoundSource {
 public:
  CommandSource(const std::string& command, const RawFormat* raw) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) throw DataError(std::string("pipe: ") + std::strerror(errno));
    child_ = fork();
    if (child_ < 0) throw DataError(std::string("fork: ") + std::strerror(errno));
    if (child_ == 0) run(command, ends[1]);
    close(ends[1]);
    try {
      sound_ = std::make_unique<DescriptorSource>(ends[0], "--command", raw);
    } catch (...) {
      stop();
      throw;
    }
  }
  ~CommandSource() override { stop(); }
  CommandSource(const CommandSource&) = delete;
  CommandSource& operator=(const CommandSource&) = delete;

  audio::SampleFormat format() const override { return sound_->format(); }
  const std::vector<float>& read() override { return sound_->read(); }

 private:
  /// In the child: a process group of its own, so that what the shell starts ends with it, and no Ctrl-C of ours.
  [[noreturn]] static void run(const std::string& command, int output) {
    setpgid(0, 0);
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    signal(SIGPIPE, SIG_DFL);
    const int nothing = open("/dev/null", O_RDONLY);
    if (nothing >= 0) dup2(nothing, STDIN_FILENO);
    if (dup2(output, STDOUT_FILENO) >= 0) execl("/bin/sh", "sh", "-c", command.c_str(), static_cast<char*>(nullptr));
    _exit(127);
  }

  void stop() {
    if (child_ <= 0) return;
    setpgid(child_, child_);  // it may not have come to its own yet
    kill(-child_, SIGTERM);
    sound_.reset();
    for (int tries = 0; tries < 20; ++tries) {
      if (waitpid(child_, nullptr, WNOHANG) != 0) {
        child_ = -1;
        return;
      }
      usleep(50'000);
    }
    kill(-child_, SIGKILL);
    waitpid(child_, nullptr, 0);
    child_ = -1;
  }

  pid_t child_ = -1;
  std::unique_ptr<DescriptorSource> sound_;
};

}  // namespace

RawFormat raw_format_named(const std::string& text) {
  std::istringstream parts(text);
  std::string type, extra;
  RawFormat raw;
  char colon = 0;
  const bool read = std::getline(parts, type, ':') &&
                    parts >> raw.format.sample_rate_hz >> colon >> raw.format.channels && colon == ':' &&
                    !(parts >> extra);
  const auto named = choice_named<SampleType>(type);
  const bool allowed = read && named && raw.format.sample_rate_hz >= 1 &&
                       raw.format.sample_rate_hz <= audio::kMaxSampleRateHz && raw.format.channels >= 1 &&
                       raw.format.channels <= kMostRawChannels;
  if (!allowed) {
    throw UsageError("raw sound: '" + shown(text) + "' given; TYPE:RATE:CHANNELS is wanted, such as s16le:16000:1, " +
                     "with a type of " + join(choice_names<SampleType>()) + ", 1 to 768000 Hz and 1 to 64 channels");
  }
  raw.type = *named;
  return raw;
}

std::unique_ptr<SoundSource> pipe_source(const std::string& path, const RawFormat* raw) {
  if (path == "-") return std::make_unique<DescriptorSource>(STDIN_FILENO, "standard input", raw);
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) throw DataError(path + ": " + std::strerror(errno));
  fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) & ~O_NONBLOCK);
  return std::make_unique<DescriptorSource>(descriptor, path, raw);
}

std::unique_ptr<SoundSource> command_source(const std::string& command, const RawFormat* raw) {
  return std::make_unique<CommandSource>(command, raw);
}

}  // namespace soundfold::listening

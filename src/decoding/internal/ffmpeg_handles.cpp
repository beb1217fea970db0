// SPDX-License-Identifier: Apache-2.0
#include "decoding/internal/ffmpeg_handles.h"

#include <algorithm>
#include <array>
#include <cstdarg>
#include <cstdio>
#include <mutex>

namespace soundfold::decoding {
namespace {

constexpr int kBufferBytes = 32'768;
/// More than any packet of sound needs; a header may claim gigabytes.
constexpr std::size_t kLargestAllocation = std::size_t{128} << 20U;

/// A container's guess of this much or less is no better than one about noise.
constexpr int kWorstGuess = AVPROBE_SCORE_RETRY;

thread_local std::string complaint;  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)

void keep_complaint(void* /*speaker*/, int level, const char* format, std::va_list values) {
  if (level > AV_LOG_ERROR || !complaint.empty()) return;
  std::array<char, 256> line{};
  std::vsnprintf(line.data(), line.size(), format, values);
  complaint = line.data();
}

void set_up_once() {
  static std::once_flag done;
  std::call_once(done, [] {
    ffmpeg().av_log_set_callback(keep_complaint);
    ffmpeg().av_max_alloc(kLargestAllocation);
  });
}

int read_bytes(void* source, std::uint8_t* to, int count) {
  auto& bytes = *static_cast<containers::SoundBytes*>(source);
  const auto given = static_cast<int>(bytes.read(to, count));
  if (!bytes.problem().empty()) return AVERROR(EIO);
  return given == 0 ? AVERROR_EOF : given;
}

std::int64_t seek_bytes(void* source, std::int64_t offset, int whence) {
  auto& bytes = *static_cast<containers::SoundBytes*>(source);
  if ((whence & AVSEEK_SIZE) != 0) return bytes.size();
  const std::int64_t place = bytes.seek(offset, whence & ~AVSEEK_FORCE);
  return place < 0 ? AVERROR(EINVAL) : place;
}

int refuse_to_open(AVFormatContext*, AVIOContext**, const char*, int, AVDictionary**) {
  return AVERROR(EPERM);
}

}  // namespace

FfmpegContainer::FfmpegContainer(containers::SoundBytes& bytes, const char* containers, const char* decoders) {
  set_up_once();
  forget_complaint();
  error_ = open(bytes, containers, decoders);
}

int FfmpegContainer::open(containers::SoundBytes& bytes, const char* containers, const char* decoders) {
  bytes.seek(0, SEEK_SET);
  auto* buffer = static_cast<unsigned char*>(ffmpeg().av_malloc(kBufferBytes));
  if (buffer == nullptr) return AVERROR(ENOMEM);
  io_ = ffmpeg().avio_alloc_context(buffer, kBufferBytes, 0, &bytes, read_bytes, nullptr, seek_bytes);
  if (io_ == nullptr) {
    ffmpeg().av_free(buffer);
    return AVERROR(ENOMEM);
  }
  format_ = ffmpeg().avformat_alloc_context();
  if (format_ == nullptr) return AVERROR(ENOMEM);
  format_->pb = io_;
  format_->flags |= AVFMT_FLAG_CUSTOM_IO;
  format_->io_open = refuse_to_open;
  format_->format_whitelist = ffmpeg().av_strdup(containers);
  format_->codec_whitelist = ffmpeg().av_strdup(decoders);
  const AVInputFormat* kind = nullptr;
  const int guess = ffmpeg().av_probe_input_buffer2(io_, &kind, "", nullptr, 0, 0);
  if (guess <= kWorstGuess || kind == nullptr || ffmpeg().av_match_list(kind->name, containers, ',') == 0) {
    forget_complaint();
    return AVERROR_DEMUXER_NOT_FOUND;
  }
  forget_complaint();
  const int result = ffmpeg().avformat_open_input(&format_, "", kind, nullptr);  // frees format_ when it fails
  if (result < 0) return result;
  return std::min(0, ffmpeg().avformat_find_stream_info(format_, nullptr));
}

FfmpegContainer::~FfmpegContainer() {
  ffmpeg().avformat_close_input(&format_);
  if (io_ != nullptr) ffmpeg().av_freep(&io_->buffer);
  ffmpeg().avio_context_free(&io_);
}

int FrameConverter::prepare(const AVFrame& frame) {
  const int channels = frame.ch_layout.nb_channels;
  if (converter_ && format_ == frame.format && channels_ == channels && sample_rate_hz_ == frame.sample_rate) return 0;
  // The layout of the channels does not matter: no channel is mixed with another.
  AVChannelLayout layout = {};
  layout.order = AV_CHANNEL_ORDER_UNSPEC;
  layout.nb_channels = channels;
  SwrContext* made = nullptr;
  int result = ffmpeg().swr_alloc_set_opts2(&made, &layout, AV_SAMPLE_FMT_FLT, frame.sample_rate, &layout,
                                            static_cast<AVSampleFormat>(frame.format), frame.sample_rate, 0, nullptr);
  converter_.reset(made);
  if (result >= 0) result = ffmpeg().swr_init(made);
  if (result < 0) {
    converter_.reset();
    return result;
  }
  format_ = frame.format;
  channels_ = channels;
  sample_rate_hz_ = frame.sample_rate;
  return 0;
}

int FrameConverter::convert(const AVFrame& frame, float* values) {
  const int result = prepare(frame);
  if (result < 0) return result;
  auto* to = reinterpret_cast<std::uint8_t*>(values);
  return ffmpeg().swr_convert(converter_.get(), &to, frame.nb_samples,
                              const_cast<const std::uint8_t**>(frame.extended_data), frame.nb_samples);
}

void forget_complaint() {
  complaint.clear();
}

std::string ffmpeg_reason(int error) {
  std::string reason = complaint;
  while (!reason.empty() && (reason.back() == '\n' || reason.back() == '.' || reason.back() == ' ')) reason.pop_back();
  if (reason.empty()) {
    std::array<char, AV_ERROR_MAX_STRING_SIZE> text{};
    ffmpeg().av_strerror(error, text.data(), text.size());
    reason = text.data();
  }
  for (char& letter : reason) {
    if (static_cast<unsigned char>(letter) < 0x20 || static_cast<unsigned char>(letter) > 0x7E) letter = '?';
  }
  return reason;
}

}  // namespace soundfold::decoding

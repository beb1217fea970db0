// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "containers/sound_bytes.h"
#include "decoding/internal/ffmpeg_functions.h"

#include <memory>
#include <string>

namespace soundfold::decoding {

struct FreePacket {
  void operator()(AVPacket* packet) const { ffmpeg().av_packet_free(&packet); }
};
struct FreeFrame {
  void operator()(AVFrame* frame) const { ffmpeg().av_frame_free(&frame); }
};
struct FreeCodec {
  void operator()(AVCodecContext* codec) const { ffmpeg().avcodec_free_context(&codec); }
};
struct FreeConverter {
  void operator()(SwrContext* converter) const { ffmpeg().swr_free(&converter); }
};
using PacketHandle = std::unique_ptr<AVPacket, FreePacket>;
using FrameHandle = std::unique_ptr<AVFrame, FreeFrame>;
using CodecHandle = std::unique_ptr<AVCodecContext, FreeCodec>;

/// An open container that reads nothing but the bytes given.
class FfmpegContainer {
 public:
  /// `containers` and `decoders` are the names that are let in, separated by commas. The streams' parameters are known
  /// afterwards, as far as the file states them. error() says whether that went well.
  FfmpegContainer(containers::SoundBytes& bytes, const char* containers, const char* decoders);
  ~FfmpegContainer();
  FfmpegContainer(const FfmpegContainer&) = delete;
  FfmpegContainer& operator=(const FfmpegContainer&) = delete;

  /// 0, or FFmpeg's code of what went wrong; AVERROR_DEMUXER_NOT_FOUND when the bytes are of no container let in.
  int error() const { return error_; }
  AVFormatContext* operator->() const { return format_; }
  AVFormatContext* get() const { return format_; }

 private:
  int open(containers::SoundBytes& bytes, const char* containers, const char* decoders);

  AVIOContext* io_ = nullptr;
  AVFormatContext* format_ = nullptr;
  int error_ = 0;
};

/// Interleaved floats from frames of any sample format; rate and channels stay as they are.
class FrameConverter {
 public:
  /// Fills values[frame.nb_samples * channels]. Returns how many samples of each channel were given, or FFmpeg's code
  /// of what went wrong.
  int convert(const AVFrame& frame, float* values);

 private:
  int prepare(const AVFrame& frame);

  std::unique_ptr<SwrContext, FreeConverter> converter_;
  int format_ = -1, channels_ = 0, sample_rate_hz_ = 0;
};

/// FFmpeg's log is kept from standard error. What it says of errors on this thread, the first line since
/// forget_complaint(), explains its codes.
void forget_complaint();
/// One printable line for a code: the complaint where there is one, else the code's own text.
std::string ffmpeg_reason(int error);

}  // namespace soundfold::decoding

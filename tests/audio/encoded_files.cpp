// SPDX-License-Identifier: Apache-2.0
#include "audio/encoded_files.h"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
}

#include <algorithm>
#include <cmath>
#include <memory>
#include <stdexcept>

namespace soundfold::testing {
namespace {

int checked(int result, const std::string& what) {
  if (result >= 0) return result;
  char text[AV_ERROR_MAX_STRING_SIZE] = {};
  av_strerror(result, text, sizeof text);
  throw std::runtime_error(what + ": " + text);
}

/// What the encoder takes; the first format that it knows would do, but the list of them is deprecated.
AVSampleFormat format_of(const std::string& encoder) {
  if (encoder == "flac" || encoder == "tta" || encoder.rfind("pcm_s16", 0) == 0) return AV_SAMPLE_FMT_S16;
  if (encoder == "alac" || encoder == "wavpack") return AV_SAMPLE_FMT_S16P;
  return AV_SAMPLE_FMT_FLTP;
}

class Encoder {
 public:
  Encoder(AVFormatContext* file, const EncodedTrack& track) : file_(file), track_(track) {
    const AVCodec* codec = avcodec_find_encoder_by_name(track.encoder.c_str());
    if (codec == nullptr) throw std::runtime_error("no encoder " + track.encoder);
    context_ = avcodec_alloc_context3(codec);
    context_->sample_fmt = format_of(track.encoder);
    context_->sample_rate = track.rate_hz;
    av_channel_layout_default(&context_->ch_layout, track.channels);
    context_->bit_rate = 96'000L * track.channels;
    context_->time_base = {1, track.rate_hz};
    context_->strict_std_compliance = FF_COMPLIANCE_EXPERIMENTAL;
    if ((file->oformat->flags & AVFMT_GLOBALHEADER) != 0) context_->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    checked(avcodec_open2(context_, codec, nullptr), track.encoder);
    stream_ = avformat_new_stream(file, nullptr);
    stream_->time_base = context_->time_base;
    if (track.is_default) stream_->disposition |= AV_DISPOSITION_DEFAULT;
    checked(avcodec_parameters_from_context(stream_->codecpar, context_), track.encoder);
  }
  ~Encoder() { avcodec_free_context(&context_); }
  Encoder(const Encoder&) = delete;
  Encoder& operator=(const Encoder&) = delete;

  void write_all() {
    const auto total = static_cast<int>(track_.interleaved.size()) / track_.channels;
    const int most = context_->frame_size > 0 ? context_->frame_size : 1024;
    for (int at = 0; at < total; at += most) send(at, std::min(most, total - at));
    checked(avcodec_send_frame(context_, nullptr), "end");
    write_packets();
  }

 private:
  void send(int at, int count) {
    AVFrame* frame = av_frame_alloc();
    frame->format = context_->sample_fmt;
    frame->nb_samples = count;
    frame->sample_rate = track_.rate_hz;
    frame->pts = at;
    av_channel_layout_copy(&frame->ch_layout, &context_->ch_layout);
    checked(av_frame_get_buffer(frame, 0), "frame");
    for (int i = 0; i < count; ++i) {
      for (int channel = 0; channel < track_.channels; ++channel) {
        put(*frame, i, channel, track_.interleaved[static_cast<std::size_t>((at + i) * track_.channels + channel)]);
      }
    }
    const int result = avcodec_send_frame(context_, frame);
    av_frame_free(&frame);
    checked(result, "send");
    write_packets();
  }

  void put(AVFrame& frame, int i, int channel, float value) const {
    const bool planar = av_sample_fmt_is_planar(context_->sample_fmt) != 0;
    std::uint8_t* plane = frame.extended_data[planar ? channel : 0];
    const int place = planar ? i : i * track_.channels + channel;
    if (context_->sample_fmt == AV_SAMPLE_FMT_FLTP) {
      reinterpret_cast<float*>(plane)[place] = value;
    } else {
      const double scaled = std::clamp(static_cast<double>(value) * 32'768, -32'768.0, 32'767.0);
      reinterpret_cast<std::int16_t*>(plane)[place] = static_cast<std::int16_t>(std::lrint(scaled));
    }
  }

  void write_packets() {
    AVPacket* packet = av_packet_alloc();
    while (avcodec_receive_packet(context_, packet) >= 0) {
      av_packet_rescale_ts(packet, context_->time_base, stream_->time_base);
      packet->stream_index = stream_->index;
      checked(av_interleaved_write_frame(file_, packet), "write");
    }
    av_packet_free(&packet);
  }

  AVFormatContext* file_;
  const EncodedTrack& track_;
  AVCodecContext* context_ = nullptr;
  AVStream* stream_ = nullptr;
};

}  // namespace

void write_encoded(const std::filesystem::path& path, const std::string& container,
                   const std::vector<EncodedTrack>& tracks, bool seekable) {
  AVFormatContext* file = nullptr;
  checked(avformat_alloc_output_context2(&file, nullptr, container.c_str(), path.c_str()), container);
  const std::unique_ptr<AVFormatContext, void (*)(AVFormatContext*)> owner(file, avformat_free_context);
  std::vector<std::unique_ptr<Encoder>> encoders;
  encoders.reserve(tracks.size());
  for (const auto& track : tracks) encoders.push_back(std::make_unique<Encoder>(file, track));
  checked(avio_open(&file->pb, path.c_str(), AVIO_FLAG_WRITE), path.string());
  if (!seekable) file->pb->seekable = 0;
  checked(avformat_write_header(file, nullptr), container);
  for (const auto& encoder : encoders) encoder->write_all();
  checked(av_write_trailer(file), container);
  checked(avio_closep(&file->pb), path.string());
}

}  // namespace soundfold::testing

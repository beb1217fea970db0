// SPDX-License-Identifier: Apache-2.0
#include "decoding/internal/ffmpeg_decoder.h"

#include "containers/box_sizes.h"
#include "containers/payload.h"
#include "decoding/internal/ffmpeg_handles.h"
#include "support/errors.h"
#include "support/logging.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>
#include <vector>

namespace soundfold::decoding {
namespace {

/// Containers that are allowed. Excluded are playlists and descriptions, which make FFmpeg open other files; texts,
/// pictures and headerless samples, for which it takes almost anything; and bare MPEG audio, which mpg123 reads.
constexpr const char* kContainers =
    "aac,ac3,aiff,amr,amrnb,amrwb,ape,asf,asf_o,au,avi,caf,dts,dtshd,eac3,flac,flv,ircam,loas,matroska,webm,mov,mp4,"
    "m4a,3gp,3g2,mj2,mpc,mpc8,mpeg,mpegts,nistsphere,ogg,qcp,rm,shn,tak,truehd,tta,voc,w64,wav,wv,xwma";

/// FFmpeg's own decoders, by name, so that builds with other libraries in them decode a file alike. Decoders of
/// pictures are never opened.
constexpr const char* kDecoders =
    "aac,aac_latm,ac3,eac3,alac,amrnb,amrwb,ape,dca,truehd,mlp,flac,mp1float,mp2float,mp3float,opus,vorbis,speex,tak,"
    "tta,wavpack,wmalossless,wmapro,wmav1,wmav2,wmavoice,mpc7,mpc8,shorten,cook,real_144,real_288,sipr,ralf,atrac3,"
    "atrac3p,qcelp,evrc,nellymoser,truespeech,gsm,gsm_ms,g722,g726,g726le,g723_1,g729,imc,qdm2,qdmc,mace3,mace6,"
    "adpcm_ima_wav,adpcm_ima_qt,adpcm_ms,adpcm_swf,adpcm_yamaha,adpcm_g722,adpcm_g726,adpcm_g726le,"
    "pcm_alaw,pcm_mulaw,pcm_u8,pcm_s8,pcm_s16le,pcm_s16be,pcm_s24le,pcm_s24be,pcm_s32le,pcm_s32be,pcm_f32le,pcm_f32be,"
    "pcm_f64le,pcm_f64be,pcm_bluray,pcm_dvd,pcm_s16le_planar,pcm_s16be_planar";

/// Decoders of these take a wrong checksum for a remark unless configured otherwise.
constexpr const char* kWithChecksums = "ac3,ape,eac3,flac,mlp,tak,truehd,tta,wavpack";

bool is_listed(const char* name, const char* list) {
  return name != nullptr && ffmpeg().av_match_list(name, list, ',') > 0;
}

/// Our decoder for a codec, as the list above allows: FFmpeg may know several, and prefer others.
const AVCodec* decoder_for(AVCodecID id) {
  void* place = nullptr;
  while (const AVCodec* codec = ffmpeg().av_codec_iterate(&place)) {
    if (codec->id == id && ffmpeg().av_codec_is_decoder(codec) != 0 && is_listed(codec->name, kDecoders)) return codec;
  }
  return nullptr;
}

std::string short_name(const char* long_name) {
  std::string name = long_name == nullptr ? "unknown" : long_name;
  return name.substr(0, name.find(" ("));
}

std::string codec_name(AVCodecID id) {
  const AVCodecDescriptor* known = ffmpeg().avcodec_descriptor_get(id);
  return short_name(known == nullptr ? nullptr : known->long_name);
}

class FfmpegDecoder : public Decoder {
 public:
  FfmpegDecoder(containers::SoundBytes& bytes, std::string name)
      : bytes_(bytes),
        name_(std::move(name)),
        packet_(ffmpeg().av_packet_alloc()),
        frame_(ffmpeg().av_frame_alloc()),
        container_(bytes, kContainers, kDecoders) {
    if (!packet_ || !frame_) throw DataError(name_ + ": FFmpeg is out of memory");
    if (container_.error() == AVERROR_DEMUXER_NOT_FOUND) {
      throw DataError(name_ + ": cannot be read as sound: it is of no known format (libsndfile reads WAV, FLAC, Ogg, " +
                      "MP3, AIFF and others; FFmpeg M4A, MP4, WebM, WMA and others)");
    }
    if (container_.error() < 0) throw failure("", container_.error());
    choose_stream();
    forget_complaint();  // of streams that were not chosen
    open_codec();
  }

  SoundInfo info() const override { return info_; }
  bool format_may_change() const override { return true; }

  Block read() override {
    if (first_.frames > 0) return std::exchange(first_, Block{});
    forget_complaint();
    while (true) {
      const int result = ffmpeg().avcodec_receive_frame(codec_.get(), frame_.get());
      bytes_.throw_problem(name_);
      if (result == AVERROR(EAGAIN)) {
        feed();
      } else if (result == AVERROR_EOF) {
        check_complete();
        return {};
      } else if (result < 0) {
        throw failure("decoding failed", result);
      } else if (frame_->nb_samples > 0) {
        return convert();
      }
    }
  }

 private:
  DataError failure(const std::string& what, int error) const {
    if (!bytes_.problem().empty()) return DataError(name_ + ": " + bytes_.problem());
    const std::string reason = ffmpeg_reason(error);
    if (what.empty()) return DataError(name_ + ": cannot be read as sound (" + reason + ")");
    return DataError(name_ + ": " + what + " after " + std::to_string(frames_read_) + " frames: " + reason +
                     "; fetch or export the file again");
  }

  void choose_stream() {
    int sounds = 0;
    std::string unknown;
    for (unsigned i = 0; i < container_->nb_streams; ++i) {
      AVStream* stream = container_->streams[i];
      stream->discard = AVDISCARD_ALL;
      if (stream->codecpar->codec_type != AVMEDIA_TYPE_AUDIO) continue;
      ++sounds;
      if (decoder_for(stream->codecpar->codec_id) == nullptr) {
        unknown = codec_name(stream->codecpar->codec_id);
        continue;
      }
      const bool preferred = (stream->disposition & AV_DISPOSITION_DEFAULT) != 0;
      const bool before = stream_ != nullptr && (stream_->disposition & AV_DISPOSITION_DEFAULT) != 0;
      if (stream_ == nullptr || (preferred && !before)) stream_ = stream;
    }
    if (stream_ == nullptr) {
      throw DataError(name_ + (unknown.empty() ? ": holds no sound" : ": its sound (" + unknown + ") has no decoder") +
                      "; convert it to WAV or FLAC");
    }
    stream_->discard = AVDISCARD_DEFAULT;
    info_.format = codec_name(stream_->codecpar->codec_id) + " in " + short_name(container_->iformat->long_name);
    if (sounds == 1) return;
    info_.format +=
        ", stream " + std::to_string(stream_->index) + ", one of " + std::to_string(sounds) + " audio streams";
    logger().info("{}: {}", name_, info_.format);
  }

  void open_codec() {
    const AVCodec* decoder = decoder_for(stream_->codecpar->codec_id);
    codec_.reset(ffmpeg().avcodec_alloc_context3(decoder));
    if (!codec_) throw DataError(name_ + ": FFmpeg is out of memory");
    int result = ffmpeg().avcodec_parameters_to_context(codec_.get(), stream_->codecpar);
    codec_->pkt_timebase = stream_->time_base;  // without it padding at the end is not taken off
    codec_->thread_count = 1;
    codec_->err_recognition = AV_EF_CRCCHECK | AV_EF_BITSTREAM;
    if (is_listed(decoder->name, kWithChecksums)) codec_->err_recognition |= AV_EF_EXPLODE;
    if (result >= 0) result = ffmpeg().avcodec_open2(codec_.get(), decoder, nullptr);
    if (result < 0) throw failure("", result);
    const AVCodecParameters& known = *stream_->codecpar;
    info_.sample_rate_hz = known.sample_rate;
    info_.channels = known.ch_layout.nb_channels;
    if (stream_->duration > 0 && known.sample_rate > 0) {
      info_.frames = ffmpeg().av_rescale_q(stream_->duration, stream_->time_base, {1, known.sample_rate});
    }
    if (info_.sample_rate_hz < 1 || info_.channels < 1) find_format();
  }

  /// Some containers do not state rate and channels; the first frame does.
  void find_format() {
    first_ = read();
    info_.sample_rate_hz = first_.sample_rate_hz;
    info_.channels = first_.channels;
  }

  /// Gives the decoder the next packet, or signals that there is none.
  void feed() {
    int result = 0;
    do {
      ffmpeg().av_packet_unref(packet_.get());
      result = ffmpeg().av_read_frame(container_.get(), packet_.get());
      bytes_.throw_problem(name_);
    } while (result >= 0 && packet_->stream_index != stream_->index);
    if (result < 0 && result != AVERROR_EOF) throw failure("reading failed", result);
    // Of samples of a fixed width any number may be read at the end; check_complete() sees to those.
    const bool fixed_width = ffmpeg().av_get_exact_bits_per_sample(stream_->codecpar->codec_id) > 0;
    if (result >= 0 && !fixed_width && (packet_->flags & AV_PKT_FLAG_CORRUPT) != 0) {
      throw DataError(name_ + ": truncated or damaged: a packet is incomplete after " + std::to_string(frames_read_) +
                      " frames; fetch or export the file again");
    }
    result = ffmpeg().avcodec_send_packet(codec_.get(), result < 0 ? nullptr : packet_.get());
    if (result < 0 && result != AVERROR_EOF) throw failure("decoding failed", result);
  }

  Block convert() {
    const AVFrame& frame = *frame_;
    const int channels = frame.ch_layout.nb_channels;
    if (channels < 1 || channels > kMostConverted || frame.sample_rate < 1) {
      throw DataError(name_ + ": a frame of " + std::to_string(channels) + " channels at " +
                      std::to_string(frame.sample_rate) + " Hz cannot be decoded");
    }
    values_.resize(static_cast<std::size_t>(frame.nb_samples) * static_cast<std::size_t>(channels));
    const int result = converter_.convert(frame, values_.data());
    if (result != frame.nb_samples) throw failure("decoding failed", result < 0 ? result : AVERROR_BUG);
    frames_read_ += frame.nb_samples;
    return {values_.data(), static_cast<std::size_t>(frame.nb_samples), channels, frame.sample_rate};
  }

  /// Where the container states the exact length, all of it must have been read.
  void check_complete() const {
    if (info_.frames == 0 || !is_listed(container_->iformat->name, "ape,caf,flac,mpc8,shn,tak,tta,wv")) return;
    if (static_cast<double>(info_.frames - frames_read_) <= kTolerated_s * info_.sample_rate_hz) return;
    throw DataError(name_ + ": truncated or damaged: its header claims " + std::to_string(info_.frames) + " frames, " +
                    std::to_string(frames_read_) + " could be decoded; fetch or export the file again");
  }

  static constexpr int kMostConverted = 64;     // libswresample's own limit
  static constexpr double kTolerated_s = 0.05;  // about a frame of a lossy codec
  containers::SoundBytes& bytes_;
  std::string name_;
  PacketHandle packet_;
  FrameHandle frame_;
  FfmpegContainer container_;
  CodecHandle codec_;
  AVStream* stream_ = nullptr;
  FrameConverter converter_;
  SoundInfo info_;
  Block first_;
  std::int64_t frames_read_ = 0;
  std::vector<float> values_;
};

}  // namespace

bool ffmpeg_is_available() {
  return ffmpeg().problem.empty();
}

std::unique_ptr<Decoder> open_with_ffmpeg(containers::SoundBytes& bytes, const std::string& name) {
  const std::string cut = containers::box_overrun(bytes);
  bytes.throw_problem(name);
  if (!cut.empty()) throw DataError(name + ": truncated: " + cut + "; fetch or export the file again");
  if (const containers::Payload payload = containers::find_payload(bytes);
      payload.present_bytes < payload.promised_bytes) {
    throw DataError(name + ": truncated: its header claims " + std::to_string(payload.promised_bytes) +
                    " bytes of sound, " + std::to_string(payload.present_bytes) +
                    " are there; fetch or export the file again");
  }
  if (!ffmpeg_is_available()) {
    throw DataError(
        name + ": cannot be read as sound: it is of no known format (libsndfile reads WAV, FLAC, Ogg, MP3, " +
        "AIFF and others); FFmpeg, which reads M4A, AAC, MP4, WebM, WMA, AMR, WavPack and others, cannot be " +
        "loaded: " + ffmpeg().problem);
  }
  return std::make_unique<FfmpegDecoder>(bytes, name);
}

}  // namespace soundfold::decoding

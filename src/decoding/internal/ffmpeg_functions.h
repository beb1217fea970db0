// SPDX-License-Identifier: Apache-2.0
#pragma once

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/avstring.h>
#include <libswresample/swresample.h>
}

#include <string>

namespace soundfold::decoding {

// What we call of each of FFmpeg's libraries.
#define SOUNDFOLD_AVUTIL(each)                                                                                    \
  each(av_frame_alloc) each(av_frame_free) each(av_free) each(av_freep) each(av_log_set_callback) each(av_malloc) \
      each(av_match_list) each(av_max_alloc) each(av_rescale_q) each(av_strdup) each(av_strerror)
#define SOUNDFOLD_AVCODEC(each)                                                                             \
  each(av_codec_is_decoder) each(av_codec_iterate) each(av_get_exact_bits_per_sample) each(av_packet_alloc) \
      each(av_packet_free) each(av_packet_unref) each(avcodec_alloc_context3) each(avcodec_descriptor_get)  \
          each(avcodec_free_context) each(avcodec_open2) each(avcodec_parameters_to_context)                \
              each(avcodec_receive_frame) each(avcodec_send_packet)
#define SOUNDFOLD_AVFORMAT(each)                                                                           \
  each(av_probe_input_buffer2) each(av_read_frame) each(avformat_alloc_context) each(avformat_close_input) \
      each(avformat_find_stream_info) each(avformat_open_input) each(avio_alloc_context) each(avio_context_free)
#define SOUNDFOLD_SWRESAMPLE(each) each(swr_alloc_set_opts2) each(swr_convert) each(swr_free) each(swr_init)

/// FFmpeg's functions, under their own names. Its libraries need more than a hundred others, and are loaded only when
/// the first file needs them: most programs never do.
struct FfmpegFunctions {
#define SOUNDFOLD_FUNCTION(name) decltype(&::name) name = nullptr;
  SOUNDFOLD_AVUTIL(SOUNDFOLD_FUNCTION)
  SOUNDFOLD_AVCODEC(SOUNDFOLD_FUNCTION)
  SOUNDFOLD_AVFORMAT(SOUNDFOLD_FUNCTION)
  SOUNDFOLD_SWRESAMPLE(SOUNDFOLD_FUNCTION)
#undef SOUNDFOLD_FUNCTION
  std::string problem;  ///< why they cannot be called; empty when they can
};

/// Loads them, once.
const FfmpegFunctions& ffmpeg();

}  // namespace soundfold::decoding

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "decoding/decoder.h"

#include <memory>
#include <string>

namespace soundfold::decoding {

/// Whether this build knows FFmpeg (libavformat, libavcodec, libswresample) and its libraries can be loaded, which the
/// first call does.
bool ffmpeg_is_available();

/// Reads with FFmpeg what libsndfile does not know: M4A and MP4 (AAC, ALAC), WebM and Matroska, WMA, AMR, WavPack, FLAC
/// in Ogg as FFmpeg writes it, and others; in files that also hold pictures, the sound alone. Of several audio streams
/// the one that the file marks as its default, or else the first, is read, and info() says so. Only what `bytes` give
/// is read: no other file and no network, whatever the file refers to. Rate and channels may change from frame to
/// frame.
///
/// Throws DataError with `name` in front when there is no sound, when the file is damaged or truncated as far as its
/// container tells, when the disk fails; and always when there is no FFmpeg.
std::unique_ptr<Decoder> open_with_ffmpeg(containers::SoundBytes& bytes, const std::string& name);

}  // namespace soundfold::decoding

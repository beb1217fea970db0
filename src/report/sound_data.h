// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace soundfold::report {

/// How sounds get into a page: in it, as links to the files where they are, or not at all.
enum class ReportAudio { embed, link, none };

/// Throws UsageError for a name that is not one of embed, link, none.
ReportAudio audio_named(const std::string& name);

/// 16 kHz mono samples as a data URI for a player: MP3 of some 20 kbit/s where libsndfile writes it, else Ogg/Opus,
/// Ogg/Vorbis, or 16-bit WAV. Throws DataError when it writes none.
std::string sound_uri(const std::vector<float>& samples);

/// A path as an address; what is not plain is written as %XX.
std::string file_address(const std::string& path);

/// An <audio> element; `name` is what a screen reader says, `address` that of the sound, `id` the element's own, or "".
std::string player(const std::string& name, const std::string& address, const std::string& id);

}  // namespace soundfold::report

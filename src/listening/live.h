// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "audio/waveform.h"
#include "events/event_finder.h"
#include "listening/clip_cutter.h"
#include "listening/sound_source.h"
#include "runtime/classifier.h"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace soundfold::listening {

/// News of an event in live sound. Its times count from the moment at which listening began.
struct LiveNews {
  events::EventNews news;
  std::chrono::system_clock::time_point start;  ///< of the event
  std::string clip;                             ///< the file that it is cut into; empty: none
};

struct LiveOptions {
  /// Connects to the sound; called again after its end when `reconnect` says so.
  std::function<std::unique_ptr<SoundSource>()> connect;
  bool reconnect = false;
  audio::Channels channels = audio::Channels::mean;  ///< how several become mono; the loudest is not known: the mean
  std::optional<ClipOptions> clips;
  std::function<void(const LiveNews&)> hear;
  runtime::WindowConsumer look = {};  ///< gets each window, before the events that it begins or ends
};

/// Listens until the sound ends, or with `reconnect` until a stop is requested; open events then end, and their clips
/// are written. A source that fails or ends is tried again after 1, 2, 4, ... at most 30 s, and what was heard before
/// stays; its events end with it. Throws DataError when the source fails, or gives no sound, and `reconnect` is off.
/// Returns the seconds of sound received.
double listen(const runtime::Classifier& classifier, const LiveOptions& options);

/// One line of JSON, without its end: {"event": "begun" or "ended", "id", "class", "start_s", "end_s", "time" (UTC, of
/// the start), "probability", "mean_probability", "peak_s", "level_dbfs", "clip"}.
std::string live_json(const LiveNews& news);

}  // namespace soundfold::listening

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "events/event.h"
#include "text/choice.h"

#include <cstdint>
#include <string>

namespace soundfold::events {

/// How events are written: lines for people; JSON, one object a line; CSV; a label track of Audacity; a selection table
/// of Raven; WebVTT, the subtitles of video players.
enum class EventFormat { text, json, csv, audacity, raven, vtt };

/// Their names, for text/choice.h.
constexpr ChoiceNames<EventFormat> choice_names_of(EventFormat) {
  return {{"text", "json", "csv", "audacity", "raven", "vtt"}};
}

/// Whether a text of that format can hold the events of several recordings: those of Audacity and WebVTT name none.
constexpr bool holds_recordings(EventFormat format) {
  return format != EventFormat::audacity && format != EventFormat::vtt;
}

/// Events as text. Class names and paths may hold anything: line breaks and tabs become blanks, bytes that are not
/// UTF-8 U+FFFD; in CSV and Raven's tables an apostrophe stands before a class name that a spreadsheet would take for a
/// formula, and "./" before such a path. read_labels (label_files.h) reads what is written as csv, audacity and raven.
class EventText {
 public:
  explicit EventText(EventFormat format) : format_(format) {}

  /// What stands once, before all recordings; empty where a format has no such thing.
  std::string header() const;
  /// The events of the next recording, in the order given. In a Raven table of several recordings the times go on over
  /// all of them, as Raven opens them as one sound; File Offset is within the recording. A recording of unknown length
  /// counts as long as its events.
  std::string recording(const Recording& recording);

 private:
  std::string line_of(const std::string& path, const Event& event);
  std::string raven_line(const std::string& path, const Event& event);

  EventFormat format_;
  std::int64_t rows_ = 0;  ///< of a Raven table so far
  double before_s_ = 0;    ///< length of the recordings so far
};

}  // namespace soundfold::events

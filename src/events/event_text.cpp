// SPDX-License-Identifier: Apache-2.0
#include "events/event_text.h"

#include "events/internal/cells.h"
#include "text/csv.h"
#include "text/json_number.h"
#include "text/text.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace soundfold::events {
namespace {

/// The whole height of a spectrogram of the sound that is classified, at 16 kHz.
constexpr const char* kWholeBand = "0\t8000";

std::string text_line(const std::string& path, const Event& event) {
  return one_line(path) + ": " + fixed(event.start_s, 2) + "-" + fixed(event.end_s, 2) + " s " + one_line(event.label) +
         " " + fixed(event.probability, 2) + "\n";
}

/// Without the noise of sums in the last digits.
nlohmann::ordered_json json_number(double value) {
  return number_or_null(std::round(value * 1e6) / 1e6);
}

std::string json_line(const std::string& path, const Event& event) {
  const nlohmann::ordered_json json = {{"path", path},
                                       {"start_s", json_number(event.start_s)},
                                       {"end_s", json_number(event.end_s)},
                                       {"class", event.label},
                                       {"probability", json_number(event.probability)},
                                       {"mean_probability", json_number(event.mean_probability)},
                                       {"peak_s", json_number(event.peak_s)},
                                       {"level_dbfs", json_number(event.level_dbfs)}};
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

std::string csv_line(const std::string& path, const Event& event) {
  return csv_field(guarded_path(path)) + "," + fixed(event.start_s, 3) + "," + fixed(event.end_s, 3) + "," +
         csv_field(guarded_cell(event.label)) + "," + fixed(event.probability, 6) + "," + fixed(event.level_dbfs, 1) +
         "\n";
}

std::string audacity_line(const Event& event) {
  return fixed(event.start_s, 6) + "\t" + fixed(event.end_s, 6) + "\t" + one_line(event.label) + "\n";
}

/// "00:01:02.340".
std::string vtt_time(std::int64_t time_ms) {
  char text[64];
  std::snprintf(text, sizeof text, "%02lld:%02d:%02d.%03d", static_cast<long long>(time_ms / 3'600'000),
                static_cast<int>(time_ms / 60'000 % 60), static_cast<int>(time_ms / 1000 % 60),
                static_cast<int>(time_ms % 1000));
  return text;
}

/// '&', '<' and '>' begin and end what is not text, and "-->" makes a line one of times.
std::string vtt_text(const std::string& text) {
  std::string escaped;
  for (const char letter : one_line(text)) {
    escaped += letter == '&' ? "&amp;" : letter == '<' ? "&lt;" : letter == '>' ? "&gt;" : std::string(1, letter);
  }
  return escaped;
}

/// A cue ends after it begins.
std::string vtt_cue(const Event& event) {
  const auto start_ms = static_cast<std::int64_t>(std::llround(event.start_s * 1000));
  const auto end_ms = std::max(start_ms + 1, static_cast<std::int64_t>(std::llround(event.end_s * 1000)));
  return vtt_time(start_ms) + " --> " + vtt_time(end_ms) + "\n" + vtt_text(event.label) + " " +
         fixed(event.probability, 2) + "\n\n";
}

}  // namespace

std::string EventText::header() const {
  switch (format_) {
    case EventFormat::csv:
      return "file,start_s,end_s,class,probability,level_dbfs\n";
    case EventFormat::raven:
      return "Selection\tView\tChannel\tBegin Time (s)\tEnd Time (s)\tLow Freq (Hz)\tHigh Freq (Hz)\tBegin Path\t"
             "File Offset (s)\tClass\tConfidence\n";
    case EventFormat::vtt:
      return "WEBVTT\n\n";
    default:
      return "";
  }
}

std::string EventText::recording(const Recording& recording) {
  std::string text;
  double seconds = recording.seconds;
  for (const auto& event : recording.events) {
    text += line_of(recording.path, event);
    seconds = std::max(seconds, event.end_s);
  }
  before_s_ += seconds;
  return text;
}

std::string EventText::line_of(const std::string& path, const Event& event) {
  switch (format_) {
    case EventFormat::text:
      return text_line(path, event);
    case EventFormat::json:
      return json_line(path, event);
    case EventFormat::csv:
      return csv_line(path, event);
    case EventFormat::audacity:
      return audacity_line(event);
    case EventFormat::raven:
      return raven_line(path, event);
    case EventFormat::vtt:
      return vtt_cue(event);
  }
  return "";
}

std::string EventText::raven_line(const std::string& path, const Event& event) {
  return std::to_string(++rows_) + "\tSpectrogram 1\t1\t" + fixed(before_s_ + event.start_s, 6) + "\t" +
         fixed(before_s_ + event.end_s, 6) + "\t" + kWholeBand + "\t" + guarded_path(path) + "\t" +
         fixed(event.start_s, 6) + "\t" + guarded_cell(event.label) + "\t" + fixed(event.probability, 6) + "\n";
}

}  // namespace soundfold::events

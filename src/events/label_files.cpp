// SPDX-License-Identifier: Apache-2.0
#include "events/label_files.h"

#include "events/internal/marks.h"
#include "support/errors.h"
#include "support/files.h"
#include "text/csv.h"
#include "text/text.h"

#include <cstdint>
#include <unordered_map>

namespace soundfold::events {
namespace {

constexpr std::uintmax_t kMostBytes = 256'000'000;
/// Programs round times, and count a last window that is not full.
constexpr double kSlackS = 0.1;

/// Whether the first line is one of a label track: begins with two numbers, or with one and a tab.
bool begins_a_track(const std::string& line) {
  const auto fields = pieces_of(line, '\t');
  if (fields.size() < 2) return false;
  const auto is_number = [](const std::string& text) {
    const std::string digits = trimmed(text);
    return !digits.empty() && digits.find_first_not_of("0123456789.,-+eE") == std::string::npos;
  };
  return is_number(fields[0]) || is_number(fields[1]);
}

std::vector<Mark> marks_of(const std::string& text, const std::string& name, const LabelOptions& options) {
  const std::size_t begin = text.find_first_not_of("\r\n");
  if (begin == std::string::npos) return {};
  const std::string first = text.substr(begin, text.find_first_of("\r\n", begin) - begin);
  if (begins_a_track(first)) return marks_of_track(text, name);
  if (first.find_first_of(",;\t") != std::string::npos && first.compare(0, 6, "WEBVTT") != 0 && first[0] != '{') {
    return marks_of_table(text.substr(begin), name, options.label_column);
  }
  throw DataError(name +
                  ": not a label file; a label track of Audacity (start TAB end TAB label), a selection table of Raven "
                  "or a CSV path,start_s,end_s,label is expected; it begins with '" +
                  shown(one_line(first), 40) + "'");
}

/// Recordings in the order of their first rows.
class Recordings {
 public:
  explicit Recordings(const LabelOptions& options) : options_(options) {}

  void add(Mark&& mark) {
    Recording& recording = recording_of(mark);
    if (!mark.event) return;
    if (recording.seconds > 0) fit(*mark.event, recording.seconds, mark.where);
    recording.events.push_back(std::move(*mark.event));
  }

  std::vector<Recording> take() {
    for (auto& recording : recordings_) sort_events(recording.events);
    return std::move(recordings_);
  }

 private:
  Recording& recording_of(const Mark& mark) {
    const auto [at, is_new] = place_of_.emplace(mark.path, recordings_.size());
    if (is_new) {
      recordings_.push_back({mark.path, options_.seconds_of ? options_.seconds_of(mark.path) : 0, {}});
      recordings_.back().fold = mark.fold;
      recordings_.back().source = mark.source;
    }
    Recording& recording = recordings_[at->second];
    if (recording.fold != mark.fold || recording.source != mark.source) {
      throw DataError(mark.where + ": the recording '" + shown(mark.path) +
                      "' has another fold or source in a row before; all rows of a recording must agree");
    }
    return recording;
  }

  static void fit(Event& event, double seconds, const std::string& where) {
    if (event.start_s >= seconds || event.end_s > seconds + kSlackS) {
      throw DataError(where + ": " + fixed(event.start_s, 2) + " to " + fixed(event.end_s, 2) +
                      " s is beyond the recording, which has " + fixed(seconds, 2) + " s");
    }
    event.end_s = std::min(event.end_s, seconds);
  }

  const LabelOptions& options_;
  std::vector<Recording> recordings_;
  std::unordered_map<std::string, std::size_t> place_of_;
};

}  // namespace

std::vector<Recording> parse_labels(const std::string& bytes, const std::string& name, const LabelOptions& options) {
  const std::string text = csv_as_utf8(bytes, name);
  Recordings recordings(options);
  if (text.find_first_not_of("\r\n") == std::string::npos) recordings.add({name, "", {}});
  for (auto& mark : marks_of(text, name, options)) recordings.add(std::move(mark));
  return recordings.take();
}

std::vector<Recording> read_labels(const std::filesystem::path& path, const LabelOptions& options) {
  return parse_labels(read_file(path, kMostBytes), path.string(), options);
}

}  // namespace soundfold::events

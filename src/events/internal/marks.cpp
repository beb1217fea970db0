// SPDX-License-Identifier: Apache-2.0
#include "events/internal/marks.h"

#include "support/errors.h"
#include "text/names.h"
#include "text/text.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace soundfold::events {
namespace {

/// Three years.
constexpr double kMostSeconds = 1e8;

std::optional<double> number_from(const std::string& text) {
  const std::string digits = trimmed(text);
  double value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  const bool is_whole = error == std::errc() && end == digits.data() + digits.size();
  return is_whole && std::isfinite(value) ? std::optional<double>(value) : std::nullopt;
}

std::string label_from(const std::string& text, const std::string& where) {
  std::string label;
  try {
    label = tidy_name(one_line(tidy_name(text)));
  } catch (const DataError&) {
    throw DataError(where + ": the label '" + one_line(text) + "' is not UTF-8 text; save the file as UTF-8");
  }
  if (label.empty()) throw DataError(where + ": the label is empty; write the class of the sound, or remove the row");
  return label;
}

}  // namespace

double seconds_from(const std::string& text, const std::string& where) {
  const auto value = number_from(text);
  if (!value || *value > kMostSeconds) {
    throw DataError(where + ": '" + shown(one_line(text)) + "' is not a number of seconds");
  }
  if (*value < 0) throw DataError(where + ": " + shown(trimmed(text)) + " s is before the recording's beginning");
  return std::round(*value * 1e6) / 1e6;
}

double probability_from(const std::string& text) {
  const auto value = number_from(text);
  return value && *value >= 0 && *value <= 1 ? *value : 1;
}

Event event_from(const std::string& start, const std::string& end, const std::string& label, const std::string& where) {
  Event event;
  event.start_s = seconds_from(start, where);
  event.end_s = seconds_from(end, where);
  if (event.end_s < event.start_s) {
    throw DataError(where + ": the end (" + shown(trimmed(end)) + " s) is before the start (" + shown(trimmed(start)) +
                    " s)");
  }
  event.peak_s = (event.start_s + event.end_s) / 2;
  event.label = label_from(label, where);
  return event;
}

std::vector<std::string> pieces_of(const std::string& text, char separator) {
  std::vector<std::string> pieces;
  for (std::size_t start = 0; start <= text.size();) {
    const std::size_t end = std::min(text.find(separator, start), text.size());
    pieces.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  return pieces;
}

std::vector<Mark> marks_of_track(const std::string& text, const std::string& name) {
  std::vector<Mark> marks;
  const auto lines = pieces_of(text, '\n');
  for (std::size_t line = 0; line < lines.size(); ++line) {
    if (trimmed(lines[line]).empty()) continue;
    Mark mark{name + ", row " + std::to_string(line + 1)};
    const auto fields = pieces_of(lines[line].substr(0, lines[line].find_last_not_of('\r') + 1), '\t');
    if (fields[0] == "\\" && fields.size() == 3 && !marks.empty()) continue;
    if (fields.size() < 2 || fields.size() > 4) {
      throw DataError(mark.where + ": " + std::to_string(fields.size()) +
                      " fields between tabs; start, end and label are expected");
    }
    mark.event = event_from(fields[0], fields[1], fields.size() > 2 ? fields[2] : "", mark.where);
    if (fields.size() == 4) mark.event->probability = probability_from(fields[3]);
    marks.push_back(std::move(mark));
  }
  return marks;
}

}  // namespace soundfold::events

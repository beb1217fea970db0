// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "events/event.h"

#include <optional>
#include <string>
#include <vector>

namespace soundfold::events {

/// A row of a label file.
struct Mark {
  std::string where;                     ///< "labels.txt, row 3"
  std::string path = {};                 ///< of the recording; empty: the file names none
  std::optional<Event> event = Event{};  ///< nothing: the recording has none
  int fold = 0;
  std::string source = {};
};

/// Fills times and label of an event from their texts. Throws DataError, beginning with `where`.
Event event_from(const std::string& start, const std::string& end, const std::string& label, const std::string& where);

/// A number of seconds, not negative, to a microsecond. Throws DataError, beginning with `where`.
double seconds_from(const std::string& text, const std::string& where);

/// A number from 0 to 1; 1 for any other text.
double probability_from(const std::string& text);

/// The rows of a label track of Audacity.
std::vector<Mark> marks_of_track(const std::string& text, const std::string& name);

/// The rows of a table: Raven's or a CSV. `label_column` as in LabelOptions.
std::vector<Mark> marks_of_table(const std::string& text, const std::string& name, const std::string& label_column);

/// Whether the first line of a file is the header of a table of Raven's.
bool is_raven_header(const std::string& line);

/// The pieces of `text` between `separator`.
std::vector<std::string> pieces_of(const std::string& text, char separator);

}  // namespace soundfold::events

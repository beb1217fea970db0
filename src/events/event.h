// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

/// Events: stretches of a recording with a label, found in it or marked by a person; how windows become events, and the
/// files that hold them.
namespace soundfold::events {

/// A stretch of a recording in which a class occurs. Of one that a person marked only times and label count.
struct Event {
  double start_s = 0, end_s = 0;  ///< from the beginning of the recording
  std::string label;
  double probability = 1;       ///< the largest of its windows
  double mean_probability = 1;  ///< over its windows
  double peak_s = 0;            ///< middle of the window of the largest probability
  double level_dbfs = 0;        ///< level (RMS) of its loudest window
};

/// A recording and its events, in order of their starts.
struct Recording {
  std::string path;
  double seconds = 0;  ///< length; 0: not known
  std::vector<Event> events;
  int fold = 0;             ///< 1 and up, where a list of labels has one; else 0
  std::string source = {};  ///< what it was taken from, where a list of labels says so
};

/// Sorts by start, then end, then label.
void sort_events(std::vector<Event>& events);

}  // namespace soundfold::events

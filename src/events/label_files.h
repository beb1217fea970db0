// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "events/event.h"

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace soundfold::events {

/// How a label file is read.
struct LabelOptions {
  std::string label_column = {};  ///< of a table; empty: the first of its usual names that there is
  /// Length in seconds of a recording by the name that the file gives it, empty in files of one recording; events
  /// beyond it are refused. Null: not looked at.
  std::function<double(const std::string& path)> seconds_of = {};
};

/// Reads the events that a person or a program wrote down, in order of their starts, by recording in the order of the
/// file. The format is known by the content, not by the name:
/// - a label track of Audacity: start TAB end TAB label, each perhaps with a line of frequencies (\ TAB low TAB high),
///   and perhaps a fourth column with the probability, as BirdNET writes. It names no recording: the path is empty. So
///   is an empty file, a recording without events.
/// - a selection table of Raven, known by its column Begin Time (s). Times are those within a file where it has File
///   Offset (s), which it needs when it is of several files. The recording is Begin Path or Begin File; without them
///   the path is empty. A selection in two views counts once.
/// - CSV, separated by commas, semicolons or tabs, with a header: path, start_s, end_s, label and, where given, fold
/// and
///   source, found by their usual names (docs/datasets.md). Without a column of paths the path is empty. A row with
///   start, end and label empty says that the recording has no events.
/// Labels are tidied (text/names.h). A point, whose end is its start, is an event of no length. An end beyond the
/// recording by 0.1 s or less is moved to its end. Throws DataError of one line, naming file and row: start or end not
/// a number of seconds, negative, end before start, beyond the recording; an empty label; a column missing; a recording
/// in two folds; an unknown format.
std::vector<Recording> read_labels(const std::filesystem::path& path, const LabelOptions& options = {});

/// The same from text; `name` stands for the file in messages.
std::vector<Recording> parse_labels(const std::string& bytes, const std::string& name,
                                    const LabelOptions& options = {});

}  // namespace soundfold::events

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "events/event.h"

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

/// Long recordings whose events were marked: where they and their label files are, and which stretches of them are
/// examples of what.
namespace soundfold::annotations {

struct AnnotatedRecordings {
  std::vector<events::Recording> recordings;  ///< paths below the root, sorted; lengths where the headers give them
  std::vector<std::string> without_labels;    ///< sounds below the root that no label file is for
};

/// The recordings below `root` and what the label files say of them. `labels` is a file of several recordings, whose
/// paths start at `root`, or are looked for there by name alone where they lead elsewhere, as Raven's do; or a folder
/// with a label file for each recording, in the same folders as the recordings, named a.txt, a.csv, a.tsv or
/// a.ANYTHING.txt for a.wav. `label_column` as in events::LabelOptions. Events beyond the end that a recording's header
/// gives are refused. Throws DataError: for what events::read_labels throws it, for a recording that is not there, two
/// label files for one recording, a list in which a recording has two names, and when nothing is annotated.
AnnotatedRecordings annotated_recordings(const std::filesystem::path& root, const std::filesystem::path& labels,
                                         const std::string& label_column);

/// Whether `root` holds annotated recordings: at least half of its sounds have one label file beside them, as
/// annotated_recordings() looks for it, and the first of these can be read.
bool has_label_files(const std::filesystem::path& root);

/// Seconds of a sound file, from its header; 0 when it does not say, or cannot be read, which reading it will report.
double seconds_of_file(const std::filesystem::path& file);

}  // namespace soundfold::annotations

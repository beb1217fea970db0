// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "events/event.h"

#include <filesystem>
#include <string>
#include <vector>

namespace soundfold::event_assessment {

/// Annotations with the recordings that they are of.
struct AnnotatedRecordings {
  std::vector<events::Recording> recordings;  ///< their paths lead to the files; lengths are as headers claim
  std::vector<std::string> ignored;           ///< labels that are none of the classes, each once
};

/// Reads `labels` (events::read_labels) and finds its recordings: their names start at `place`, a folder; empty: the
/// folder of `labels`. Where the labels name no recording, `place` is the recording. Throws DataError when one is
/// missing or is no sound; UsageError when no label is one of `class_names`.
AnnotatedRecordings read_annotations(const std::filesystem::path& labels, const std::filesystem::path& place,
                                     const std::vector<std::string>& class_names);

}  // namespace soundfold::event_assessment

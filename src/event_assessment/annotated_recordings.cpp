// SPDX-License-Identifier: Apache-2.0
#include "event_assessment/annotated_recordings.h"

#include "audio/waveform.h"
#include "events/label_files.h"
#include "support/errors.h"
#include "text/text.h"

#include <algorithm>
#include <set>

namespace soundfold::event_assessment {
namespace {

namespace fs = std::filesystem;

fs::path recording_path(const std::string& name, const fs::path& labels, const fs::path& place) {
  if (!name.empty()) return (place.empty() ? labels.parent_path() : place) / name;
  if (!place.empty() && !fs::is_directory(place)) return place;
  throw UsageError(labels.string() + " does not name its recording: give it with --recordings FILE");
}

}  // namespace

AnnotatedRecordings read_annotations(const fs::path& labels, const fs::path& place,
                                     const std::vector<std::string>& class_names) {
  AnnotatedRecordings annotated;
  annotated.recordings = events::read_labels(labels);
  std::set<std::string> ignored;
  bool known = false;
  for (auto& recording : annotated.recordings) {
    const fs::path path = recording_path(recording.path, labels, place);
    const auto info = audio::probe(path);
    recording.path = path.string();
    recording.seconds = static_cast<double>(info.frames) / std::max(1, info.sample_rate_hz);
    for (const auto& event : recording.events) {
      const bool is_class = std::find(class_names.begin(), class_names.end(), event.label) != class_names.end();
      known = known || is_class;
      if (!is_class) ignored.insert(event.label);
    }
  }
  annotated.ignored.assign(ignored.begin(), ignored.end());
  if (!known) {
    throw UsageError(labels.string() + ": none of its labels (" + shown(join(annotated.ignored)) +
                     ") is a class of the model (" + shown(join(class_names)) + ")");
  }
  return annotated;
}

}  // namespace soundfold::event_assessment

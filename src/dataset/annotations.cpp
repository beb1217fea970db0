// SPDX-License-Identifier: Apache-2.0
#include "annotations/recordings.h"
#include "annotations/stretches.h"
#include "dataset/internal/classes.h"
#include "dataset/internal/layouts.h"
#include "dataset/internal/listed_files.h"
#include "dataset/wording.h"
#include "events/event.h"
#include "support/errors.h"
#include "support/logging.h"
#include "text/names.h"
#include "text/text.h"

#include <algorithm>
#include <set>

namespace soundfold::dataset {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kRecordingsInMessage = 5;

/// The labels in one spelling each, and which there are; without the class of other sounds, which may be among them.
std::vector<std::string> tidy_labels(const std::string& other_class, std::vector<events::Recording>& recordings) {
  ClassNames names;
  std::set<std::string> distinct;
  for (auto& recording : recordings) {
    for (auto& event : recording.events) {
      event.label = names.add(event.label, in_quotes(recording.path));
      if (other_class.empty() || name_key(event.label) != name_key(other_class)) distinct.insert(event.label);
    }
  }
  return {distinct.begin(), distinct.end()};
}

/// The classes, the one of other sounds last: it gathers labels that are not chosen, its own, and time without events.
ClassChoice choose_labels(const DataOptions& options, const KnownClasses& known) {
  const bool gathers = !options.other_class.empty() && !options.classes.empty() &&
                       choose_classes(options.classes, known).size() < known.names.size();
  DataOptions own = options;
  if (!gathers) own.other_class.clear();
  ClassChoice choice = make_choice(own, known);
  if (gathers || options.other_class.empty()) return choice;
  const std::string other = tidy_name(options.other_class);
  if (find_name(other, choice.names)) {
    throw UsageError("data.other_class: " + in_quotes(other) + " is in data.classes too; give it in one of them");
  }
  choice.target_of.emplace(other, static_cast<std::int64_t>(choice.names.size()));
  choice.names.push_back(other);
  ++choice.known;
  return choice;
}

/// Labels become names of classes; a label that is not used leaves none, and its event takes up time alone.
void use_classes(const ClassChoice& choice, const std::string& other_class,
                 std::vector<events::Recording>& recordings) {
  const std::string other = other_class.empty() ? "" : name_key(other_class);
  for (auto& recording : recordings) {
    for (auto& event : recording.events) {
      const auto found = choice.target_of.find(event.label);
      const bool is_other = !other.empty() && name_key(event.label) == other;
      event.label = is_other                          ? choice.names.back()
                    : found == choice.target_of.end() ? ""
                                                      : choice.names[static_cast<std::size_t>(found->second)];
    }
  }
}

annotations::LabelledStretches stretches_for(const DataOptions& options,
                                             const std::vector<events::Recording>& recordings) {
  annotations::StretchRules rules{options.window_share, options.event_share, 0, options.multi_label};
  const bool has_negatives = options.multi_label || !options.other_class.empty();
  if (has_negatives) rules.negatives_per_event = options.negatives_per_event;
  auto found = annotations::stretches_of(recordings, rules);
  if (found.left_out > 0) {
    logger().warn("{}: {} overlap one of another class and are left out; data.multi_label: true keeps them",
                  options.root, counted(found.left_out, "event"));
  }
  if (has_negatives) {
    logger().info("{}: {} of {} without events are used (data.negatives_per_event)", options.root,
                  found.list.size() - found.events, counted(found.negatives_there_are, "stretch"));
  }
  return found;
}

std::vector<Clip> clips_of(const annotations::LabelledStretches& found,
                           const std::vector<events::Recording>& recordings, const ClassChoice& choice,
                           const fs::path& root, bool multi_label) {
  ListedFiles files(root, "data.root");
  std::vector<fs::path> paths;
  for (const auto& recording : recordings) {
    paths.push_back(files.add(tidy_relative_path(recording.path, "data.root"), in_quotes(recording.path)));
  }
  files.finish();
  std::vector<Clip> clips;
  for (const auto& part : found.list) {
    const auto& recording = recordings[part.recording];
    Clip clip;
    clip.id = recording.path + frontend::fragment_text(part.stretch);
    clip.path = paths[part.recording];
    for (const auto& label : part.labels) clip.labels.push_back(choice.target_of.at(label));
    if (part.labels.empty() && !multi_label) {
      clip.labels.push_back(static_cast<std::int64_t>(choice.names.size()) - 1);  // the class of other sounds
    }
    std::sort(clip.labels.begin(), clip.labels.end());
    clip.fold = recording.fold;
    clip.source = recording.source.empty() ? recording.path : recording.source;
    clip.stretch = part.stretch;
    clips.push_back(std::move(clip));
  }
  return clips;
}

/// Throws when only some of the recordings have a fold.
void check_recording_folds(const std::vector<events::Recording>& recordings) {
  const auto has_fold = [](const auto& recording) { return recording.fold > 0; };
  const auto with = std::find_if(recordings.begin(), recordings.end(), has_fold);
  const auto without = std::find_if_not(recordings.begin(), recordings.end(), has_fold);
  if (with == recordings.end() || without == recordings.end()) return;
  throw DataError("the recording " + in_quotes(without->path) + " has no fold, and " + in_quotes(with->path) +
                  " has one; give every recording a fold, or none");
}

}  // namespace

Dataset load_annotations(const DataOptions& options) {
  const bool is_list = fs::is_regular_file(options.manifest);
  const fs::path own_folder = is_list ? fs::path(options.manifest).parent_path() : fs::path(options.manifest);
  const fs::path root = !options.root.empty() ? fs::path(options.root) : own_folder.empty() ? "." : own_folder;
  require_folder(root, options.root.empty() ? "data.manifest" : "data.root");
  auto found = annotations::annotated_recordings(root, options.manifest.empty() ? root : fs::path(options.manifest),
                                                 options.columns.label);
  auto& recordings = found.recordings;
  if (!found.without_labels.empty()) {
    logger().warn("{}: {} without a label file left out: {}; an empty file says that one has no events", root.string(),
                  counted(found.without_labels.size(), "sound"), joined(found.without_labels, kRecordingsInMessage));
  }
  check_recording_folds(recordings);

  Dataset dataset;
  const fs::path place = fs::weakly_canonical(root);
  dataset.name = is_list ? fs::path(options.manifest).stem().string() : place.filename().string();
  dataset.root = root;
  dataset.multi_label = options.multi_label;
  const auto labels = tidy_labels(options.other_class, recordings);
  if (labels.empty()) throw DataError(root.string() + ": no event has a label");
  ClassChoice choice = choose_labels(options, {labels, in_quotes(dataset.name), "its label files"});
  use_classes(choice, options.other_class, recordings);
  for (std::size_t k = 0; k < choice.names.size(); ++k)
    choice.target_of[choice.names[k]] = static_cast<std::int64_t>(k);
  dataset.class_names = choice.names;
  dataset.clips = clips_of(stretches_for(options, recordings), recordings, choice, root, options.multi_label);
  double seconds = 0;
  for (const auto& recording : recordings) seconds += recording.seconds;
  dataset.description = dataset.name + ", " + counted(recordings.size(), "recording") + " of " +
                        fixed(seconds / 60, 1) + " min; " + describe_choice(choice, dataset);
  return dataset;
}

}  // namespace soundfold::dataset

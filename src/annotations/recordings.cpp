// SPDX-License-Identifier: Apache-2.0
#include "annotations/recordings.h"

#include "audio/sound_names.h"
#include "audio/waveform.h"
#include "events/label_files.h"
#include "support/errors.h"
#include "support/logging.h"
#include "text/text.h"

#include <algorithm>
#include <map>
#include <set>

namespace soundfold::annotations {
namespace fs = std::filesystem;
namespace {

std::string in_quotes(const std::string& text) {
  return "'" + shown(text) + "'";
}

/// Below what folder, and with what name without extensions, a recording's label file is looked for.
struct LabelFiles {
  explicit LabelFiles(const fs::path& folder) {
    std::error_code failed;
    for (fs::recursive_directory_iterator entry(folder, failed), end; !failed && entry != end;
         entry.increment(failed)) {
      const std::string extension = lower_case(entry->path().extension().string());
      if (extension != ".txt" && extension != ".csv" && extension != ".tsv") continue;
      if (audio::is_system_name(entry->path()) || !entry->is_regular_file(failed)) continue;
      files.push_back(entry->path().lexically_relative(folder));
    }
    if (failed) throw DataError(folder.string() + ": cannot be listed: " + failed.message());
    std::sort(files.begin(), files.end());
  }

  /// Those for a recording: "a.txt" and "a.selections.txt" of "a.wav".
  std::vector<fs::path> of(const fs::path& recording) const {
    const std::string beginning = recording.stem().string() + ".";
    std::vector<fs::path> found;
    for (const auto& file : files) {
      const bool same_folder = file.parent_path() == recording.parent_path();
      if (same_folder && file.filename().string().compare(0, beginning.size(), beginning) == 0) found.push_back(file);
    }
    return found;
  }

  std::vector<fs::path> files;
};

/// Sounds below a folder by path, and by name alone.
class Sounds {
 public:
  explicit Sounds(const fs::path& root) : root_(root) {
    for (const auto& sound : audio::list_sounds(root).sounds) {
      all_.insert(sound.string());
      by_name_.emplace(sound.filename().string(), sound.string());
    }
  }
  const std::set<std::string>& all() const { return all_; }

  /// The sound that a label file means, "" when there is none, throws when there are several.
  std::string find(const std::string& written, const std::string& list) const {
    std::string path = written;
    std::replace(path.begin(), path.end(), '\\', '/');
    const std::string below = fs::path(path).lexically_normal().string();
    if (all_.count(below) == 1) return below;
    if (const auto own = fs::path(path).lexically_relative(root_).string(); all_.count(own) == 1) return own;
    const auto [first, last] = by_name_.equal_range(fs::path(path).filename().string());
    if (first == last) return "";
    if (std::next(first) != last) {
      throw DataError(list + ": " + in_quotes(written) + " could be " + in_quotes(first->second) + " or " +
                      in_quotes(std::next(first)->second) + "; write paths that start at " + root_.string());
    }
    return first->second;
  }

 private:
  fs::path root_;
  std::set<std::string> all_;
  std::multimap<std::string, std::string> by_name_;
};

std::vector<events::Recording> from_list(const fs::path& root, const fs::path& list, const std::string& label_column,
                                         const Sounds& sounds) {
  events::LabelOptions options;
  options.label_column = label_column;
  std::map<std::string, std::string> written_as;
  options.seconds_of = [&](const std::string& written) {
    if (written.empty()) {
      throw DataError(list.string() +
                      ": names no recording; put it beside its recording, under the same name, and "
                      "give that folder as data.root without data.manifest");
    }
    const auto found = sounds.find(written, list.string());
    if (found.empty()) throw DataError(list.string() + ": no recording " + in_quotes(written) + " in " + root.string());
    const auto [at, is_new] = written_as.emplace(found, written);
    if (!is_new) {
      throw DataError(list.string() + ": " + in_quotes(at->second) + " and " + in_quotes(written) +
                      " are one recording, " + in_quotes(found) + "; write one of them everywhere");
    }
    return seconds_of_file(root / found);
  };
  auto recordings = events::read_labels(list, options);
  for (auto& recording : recordings) recording.path = sounds.find(recording.path, list.string());
  return recordings;
}

/// The one recording of a label file beside it.
events::Recording from_own_file(const fs::path& root, const std::string& sound, const fs::path& file,
                                const std::string& label_column) {
  events::LabelOptions options;
  options.label_column = label_column;
  const double seconds = seconds_of_file(root / sound);
  options.seconds_of = [&](const std::string&) { return seconds; };
  auto read = events::read_labels(file, options);
  if (read.size() > 1) {
    throw DataError(file.string() + ": names " + std::to_string(read.size()) +
                    " recordings; give such a file itself as data.manifest");
  }
  events::Recording recording = read.empty() ? events::Recording() : std::move(read.front());
  recording.path = sound;
  recording.seconds = seconds;
  return recording;
}

std::vector<events::Recording> from_folder(const fs::path& root, const fs::path& folder,
                                           const std::string& label_column, const Sounds& sounds) {
  const LabelFiles files(folder);
  std::vector<events::Recording> recordings;
  std::size_t used = 0;
  for (const auto& sound : sounds.all()) {
    const auto own = files.of(sound);
    if (own.size() > 1) {
      throw DataError(in_quotes(sound) + " has two label files, " + in_quotes(own[0].string()) + " and " +
                      in_quotes(own[1].string()) + "; keep one");
    }
    if (own.empty()) continue;
    ++used;
    recordings.push_back(from_own_file(root, sound, folder / own.front(), label_column));
  }
  if (used < files.files.size()) {
    logger().warn("{}: {} of {} text files are label files of a recording; others were not looked at", folder.string(),
                  used, files.files.size());
  }
  return recordings;
}

}  // namespace

double seconds_of_file(const fs::path& file) {
  try {
    const auto info = audio::probe(file);
    return info.frames > 0 && info.sample_rate_hz > 0 ? static_cast<double>(info.frames) / info.sample_rate_hz : 0;
  } catch (const DataError&) {
    return 0;
  }
}

bool has_label_files(const fs::path& root) {
  const LabelFiles files(root);
  if (files.files.empty()) return false;
  const Sounds sounds(root);
  std::size_t annotated = 0;
  for (const auto& sound : sounds.all()) {
    const auto own = files.of(sound);
    if (own.size() != 1 || annotated++ > 0) continue;
    try {
      from_own_file(root, sound, root / own.front(), "");
    } catch (const DataError&) {
      return false;
    }
  }
  return annotated > 0 && 2 * annotated >= sounds.all().size();
}

AnnotatedRecordings annotated_recordings(const fs::path& root, const fs::path& labels,
                                         const std::string& label_column) {
  const Sounds sounds(root);
  std::error_code failed;
  const bool is_list = fs::is_regular_file(labels, failed);
  if (!is_list && !fs::is_directory(labels, failed)) {
    throw DataError("data.manifest: " + in_quotes(labels.string()) +
                    " does not exist; give a label file, or the folder of the label files");
  }
  AnnotatedRecordings found;
  found.recordings =
      is_list ? from_list(root, labels, label_column, sounds) : from_folder(root, labels, label_column, sounds);
  std::sort(found.recordings.begin(), found.recordings.end(),
            [](const auto& a, const auto& b) { return a.path < b.path; });
  std::set<std::string> left = sounds.all();
  for (const auto& recording : found.recordings) left.erase(recording.path);
  found.without_labels.assign(left.begin(), left.end());
  if (found.recordings.empty()) {
    throw DataError(labels.string() + ": no label file for any of the " + std::to_string(sounds.all().size()) +
                    " sounds in " + root.string() + "; for a.wav it is called a.txt, a.csv or a.ANYTHING.txt");
  }
  return found;
}

}  // namespace soundfold::annotations

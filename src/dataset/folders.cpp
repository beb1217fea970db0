// SPDX-License-Identifier: Apache-2.0
#include "dataset/classes.h"
#include "dataset/layouts.h"
#include "dataset/listed_files.h"
#include "dataset/wording.h"
#include "support/errors.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <set>

namespace soundfold::dataset {
namespace fs = std::filesystem;
namespace {

bool is_hidden(const fs::path& path) {
  const std::string name = path.filename().string();
  return !name.empty() && name.front() == '.';
}

/// What is in a class folder, or straight in the root.
struct Found {
  std::vector<std::string> sounds;  ///< ids
  std::size_t other_files = 0;
  std::size_t linked_folders = 0;
};

/// Adds what lies in `folder` and below to `found`. Links to folders are not followed: they may lead in circles.
void walk(const fs::path& folder, const std::string& id_prefix, Found& found) {
  std::error_code failed;
  fs::directory_iterator entry(folder, failed);
  for (const fs::directory_iterator end; !failed && entry != end; entry.increment(failed)) {
    const fs::path& path = entry->path();
    if (is_hidden(path)) continue;
    const std::string id = id_prefix + "/" + path.filename().string();
    std::error_code ignored;  // a link to nowhere is no folder; ListedFiles reports it
    if (entry->is_directory(ignored)) {
      if (entry->is_symlink(ignored)) {
        ++found.linked_folders;
      } else {
        walk(path, id, found);
      }
    } else if (is_sound_extension(path.extension().string())) {
      found.sounds.push_back(id);
    } else {
      ++found.other_files;
    }
  }
  if (failed) throw DataError(in_quotes(folder.string()) + " cannot be listed: " + failed.message());
}

/// The class folders' names, sorted; reports sound files that lie outside them.
std::vector<std::string> class_folders(const fs::path& root) {
  std::vector<std::string> names;
  std::size_t stray_sounds = 0;
  std::error_code failed;
  fs::directory_iterator entry(root, failed);
  for (const fs::directory_iterator end; !failed && entry != end; entry.increment(failed)) {
    if (is_hidden(entry->path())) continue;
    std::error_code ignored;
    if (entry->is_directory(ignored)) {
      names.push_back(entry->path().filename().string());
    } else if (is_sound_extension(entry->path().extension().string())) {
      ++stray_sounds;
    }
  }
  if (failed) throw DataError("data.root: " + in_quotes(root.string()) + " cannot be listed: " + failed.message());
  if (names.empty()) {
    throw DataError("data.root: " + in_quotes(root.string()) + " holds no folder" +
                    (stray_sounds > 0 ? " but " + counted(stray_sounds, "sound file") : "") +
                    "; the folders layout wants one folder per class, with the class's sound files in it");
  }
  if (stray_sounds > 0) {
    spdlog::warn("{}: ignored {} outside the class folders", root.string(), counted(stray_sounds, "sound file"));
  }
  std::sort(names.begin(), names.end());
  return names;
}

void log_ignored(const fs::path& root, const Found& found) {
  if (found.other_files > 0) {
    spdlog::info("{}: ignored {} without a sound file's extension", root.string(), counted(found.other_files, "file"));
  }
  if (found.linked_folders > 0) {
    spdlog::warn("{}: did not follow {}", root.string(), counted(found.linked_folders, "link") + " to folders");
  }
}

[[noreturn]] void refuse_empty_class(const fs::path& root, const std::string& name, std::size_t other_files) {
  throw DataError("class " + in_quotes(name) + " has no sound file: " + in_quotes((root / name).string()) + " holds " +
                  (other_files > 0 ? counted(other_files, "file") + " of other kinds" : "nothing") +
                  "; add recordings, remove the folder, or choose other classes with data.classes");
}

std::string folder_name(const fs::path& root) {
  std::error_code failed;
  const fs::path real = fs::canonical(root, failed);
  const std::string name = failed ? "" : real.filename().string();
  return name.empty() ? root.string() : name;
}

}  // namespace

bool is_sound_extension(const std::string& extension) {
  static const std::set<std::string> known = {".wav",  ".wave", ".bwf",  ".flac",  ".ogg",  ".oga", ".opus",
                                              ".mp3",  ".mp2",  ".aif",  ".aiff",  ".aifc", ".au",  ".snd",
                                              ".caf",  ".w64",  ".rf64", ".wavex", ".voc",  ".svx", ".iff",
                                              ".nist", ".sph",  ".sf",   ".sds",   ".avr",  ".paf"};
  std::string lower = extension;
  for (char& letter : lower) {
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  }
  return known.count(lower) == 1;
}

Dataset load_folders(const DataOptions& options) {
  ListedFiles files(options.root, "data.root");
  if (is_there(options.root / "meta" / "esc50.csv")) {
    throw UsageError("data.root: " + in_quotes(options.root.string()) +
                     " holds meta/esc50.csv, so it is ESC-50; set data.layout to esc50");
  }
  Dataset dataset;
  dataset.name = folder_name(options.root);
  dataset.root = options.root;
  const std::vector<std::string> known = class_folders(options.root);
  dataset.class_names =
      choose_classes(options.classes, {known, in_quotes(dataset.name), "the folders of " + options.root.string()});

  Found all;
  for (std::size_t target = 0; target < dataset.class_names.size(); ++target) {
    const std::string& name = dataset.class_names[target];
    Found found;
    walk(options.root / name, name, found);
    if (found.sounds.empty()) refuse_empty_class(options.root, name, found.other_files);
    all.other_files += found.other_files;
    all.linked_folders += found.linked_folders;
    for (auto& id : found.sounds) {
      dataset.clips.push_back(
          {id, files.add(id, "class " + in_quotes(name)), {static_cast<std::int64_t>(target)}, 0, id});
    }
  }
  files.finish();
  log_ignored(options.root, all);
  std::sort(dataset.clips.begin(), dataset.clips.end(), [](const Clip& a, const Clip& b) { return a.id < b.id; });
  dataset.description =
      dataset.name + ", " + describe_choice(dataset.class_names.size(), known.size(), dataset.clips.size());
  return dataset;
}

}  // namespace soundfold::dataset

// SPDX-License-Identifier: Apache-2.0
#include "audio/sound_names.h"
#include "dataset/classes.h"
#include "dataset/layouts.h"
#include "dataset/listed_files.h"
#include "dataset/wording.h"
#include "support/errors.h"

#include <spdlog/spdlog.h>

#include <algorithm>

namespace soundfold::dataset {
namespace fs = std::filesystem;
namespace {

/// The class folders' names, sorted; reports sound files that lie outside them and counts what systems left there.
std::vector<std::string> class_folders(const fs::path& root, audio::FolderContents& ignored) {
  std::vector<std::string> names;
  std::size_t stray_sounds = 0;
  std::error_code failed;
  fs::directory_iterator entry(root, failed);
  for (const fs::directory_iterator end; !failed && entry != end; entry.increment(failed)) {
    if (audio::is_system_name(entry->path())) {
      ++ignored.system_files;
      continue;
    }
    std::error_code none;
    if (entry->is_directory(none)) {
      names.push_back(entry->path().filename().string());
    } else if (audio::is_sound_name(entry->path())) {
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

void log_ignored(const fs::path& root, const audio::FolderContents& contents) {
  const std::string ignored = contents.ignored();
  if (!ignored.empty()) spdlog::info("{}: ignored {}", root.string(), ignored);
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

Dataset load_folders(const DataOptions& options) {
  ListedFiles files(options.root, "data.root");
  if (is_there(options.root / "meta" / "esc50.csv")) {
    throw UsageError("data.root: " + in_quotes(options.root.string()) +
                     " holds meta/esc50.csv, so it is ESC-50; set data.layout to esc50");
  }
  Dataset dataset;
  dataset.name = folder_name(options.root);
  dataset.root = options.root;
  audio::FolderContents all;
  const std::vector<std::string> known = class_folders(options.root, all);
  dataset.class_names =
      choose_classes(options.classes, {known, in_quotes(dataset.name), "the folders of " + options.root.string()});

  for (std::size_t target = 0; target < dataset.class_names.size(); ++target) {
    const std::string& name = dataset.class_names[target];
    const audio::FolderContents found = audio::list_sounds(options.root / name);
    if (found.sounds.empty()) refuse_empty_class(options.root, name, found.other_files);
    all.other_files += found.other_files;
    all.system_files += found.system_files;
    all.linked_folders += found.linked_folders;
    for (const auto& sound : found.sounds) {
      const std::string id = (fs::path(name) / sound).string();
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

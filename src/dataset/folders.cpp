// SPDX-License-Identifier: Apache-2.0
#include "audio/sound_names.h"
#include "dataset/class_places.h"
#include "dataset/internal/classes.h"
#include "dataset/internal/layouts.h"
#include "dataset/internal/listed_files.h"
#include "dataset/internal/split_folders.h"
#include "dataset/wording.h"
#include "support/errors.h"
#include "support/logging.h"
#include "text/names.h"

#include <algorithm>
#include <set>

namespace soundfold::dataset {
namespace fs = std::filesystem;
namespace {

/// The folders' names, sorted; reports sound files that lie outside them and counts what systems left there.
std::vector<std::string> folders_in(const fs::path& root, audio::FolderContents& ignored) {
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
    if (fs::exists(entry->path() / "lock.mdb", none)) {
      logger().info("data.root: {} holds an embedding store; it is no class", in_quotes(entry->path().string()));
    } else if (entry->is_directory(none)) {
      names.push_back(entry->path().filename().string());
    } else if (audio::is_sound_name(entry->path())) {
      ++stray_sounds;
    }
  }
  if (failed) throw DataError("data.root: " + in_quotes(root.string()) + " cannot be listed: " + failed.message());
  if (names.empty()) {
    throw DataError("data.root: " + in_quotes(root.string()) + " holds no folder" +
                    (stray_sounds > 0 ? " but " + counted(stray_sounds, "sound file") : "") +
                    "; the folders layout wants one folder per class, with the class's sound files in it" +
                    (stray_sounds > 0 ? hint_at_classes(parent_of(root)) : hint_near(root, {})));
  }
  if (stray_sounds > 0) {
    logger().warn("{}: ignored {} outside the class folders", root.string(), counted(stray_sounds, "sound file"));
  }
  std::sort(names.begin(), names.end());
  return names;
}

void log_ignored(const fs::path& root, const audio::FolderContents& contents) {
  const std::string ignored = contents.ignored();
  if (!ignored.empty()) logger().info("{}: ignored {}", root.string(), ignored);
}

/// A folder of one class: "dog", or "train/dog" where the root holds split folders.
struct ClassFolder {
  std::string class_name;  ///< tidy
  std::string path;        ///< below the root
  std::optional<Split> split;
};

/// Warns of a root that may be one level too high: no folder in it has sounds straight in it, and some have folders
/// that do. Classes may also be laid out so (dog/first_day, dog/second_day), so this is no error.
void warn_of_data_sets(const fs::path& root, const std::vector<std::string>& names) {
  const auto data_sets = data_sets_in(root);
  if (names.size() < 2 || data_sets.empty() || !class_folders_in(root).empty()) return;
  logger().warn("{}: no folder in it has sound files straight in it; if its folders are data sets and not classes{}",
                root.string(), hint_at_classes(root / data_sets.front()));
}

/// Throws when the root has none of the chosen classes and a folder nearby has.
void check_level(const fs::path& root, const std::vector<std::string>& names, const std::vector<std::string>& chosen) {
  const auto is_here = [&](const std::string& name) { return find_name(name, names).has_value(); };
  if (chosen.empty() || std::any_of(chosen.begin(), chosen.end(), is_here)) return;
  const auto hint = hint_near(root, chosen);
  if (hint.empty()) return;
  throw DataError("data.root: " + in_quotes(root.string()) + " holds none of the classes in data.classes" + hint);
}

std::vector<ClassFolder> class_folders(const DataOptions& options, audio::FolderContents& ignored) {
  const fs::path root = options.root;
  const std::vector<std::string> names = folders_in(root, ignored);
  const auto splits = find_split_folders(root, names, options.classes);
  if (splits.empty()) check_level(root, names, options.classes);
  if (splits.empty() && options.classes.empty()) warn_of_data_sets(root, names);
  std::vector<ClassFolder> folders;
  ClassNames tidy;
  const auto add = [&](const std::string& name, const std::string& path, std::optional<Split> split) {
    folders.push_back({tidy.add(name, "folder " + in_quotes(path)), path, split});
  };
  if (splits.empty()) {
    for (const auto& name : names) add(name, name, std::nullopt);
  }
  for (const auto& [folder, split] : splits) {
    for (const auto& name : folders_in(root / folder, ignored)) add(name, folder + "/" + name, split);
  }
  return folders;
}

std::vector<std::string> class_names_of(const std::vector<ClassFolder>& folders) {
  std::set<std::string> names;
  for (const auto& folder : folders) names.insert(folder.class_name);
  return {names.begin(), names.end()};
}

[[noreturn]] void refuse_empty_class(const fs::path& root, const ClassFolder& folder, std::size_t other_files) {
  throw DataError("class " + in_quotes(folder.class_name) +
                  " has no sound file: " + in_quotes((root / folder.path).string()) + " holds " +
                  (other_files > 0 ? counted(other_files, "file") + " of other kinds" : "nothing") +
                  "; add recordings, remove the folder, or choose other classes with data.classes" +
                  (class_folders_in(root).empty() ? hint_near(root, {}) : ""));
}

/// Adds the clips below the class's folder.
void add_clips(const ClassFolder& folder, std::int64_t target, ListedFiles& files, Dataset& dataset,
               audio::FolderContents& all) {
  const audio::FolderContents found = audio::list_sounds(dataset.root / folder.path);
  if (found.sounds.empty()) refuse_empty_class(dataset.root, folder, found.other_files);
  all.other_files += found.other_files;
  all.system_files += found.system_files;
  all.linked_folders += found.linked_folders;
  for (const auto& sound : found.sounds) {
    const std::string id = (fs::path(folder.path) / sound).string();
    auto path = files.add(id, "class " + in_quotes(folder.class_name));
    dataset.clips.push_back({id, std::move(path), {target}, 0, id, folder.split});
  }
}

std::string folder_name(const fs::path& root) {
  std::error_code failed;
  const fs::path real = fs::canonical(root, failed);
  const std::string name = failed ? "" : real.filename().string();
  return name.empty() ? root.string() : name;
}

}  // namespace

Dataset load_folders(const DataOptions& options) {
  const fs::path root = options.root;
  ListedFiles files(root, "data.root");
  if (is_there(root / "meta" / "esc50.csv")) {
    throw UsageError("data.root: " + in_quotes(options.root) +
                     " holds meta/esc50.csv, so it is ESC-50; set data.layout to esc50");
  }
  Dataset dataset;
  dataset.name = folder_name(root);
  dataset.root = root;
  audio::FolderContents all;
  const std::vector<ClassFolder> folders = class_folders(options, all);
  const ClassChoice choice =
      make_choice(options, {class_names_of(folders), in_quotes(dataset.name), "the folders of " + options.root});
  dataset.class_names = choice.names;

  for (const auto& folder : folders) {
    const auto target = choice.target_of.find(folder.class_name);
    if (target != choice.target_of.end()) add_clips(folder, target->second, files, dataset, all);
  }
  files.finish();
  log_ignored(root, all);
  std::sort(dataset.clips.begin(), dataset.clips.end(), [](const Clip& a, const Clip& b) { return a.id < b.id; });
  dataset.description = dataset.name + (dataset.gives_splits() ? ", split by its own folders" : "") + ", " +
                        describe_choice(choice, dataset);
  return dataset;
}

}  // namespace soundfold::dataset

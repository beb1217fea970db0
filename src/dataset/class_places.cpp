// SPDX-License-Identifier: Apache-2.0
#include "dataset/class_places.h"

#include "audio/sound_names.h"
#include "dataset/wording.h"
#include "text/names.h"

#include <algorithm>

namespace soundfold::dataset {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kNamesInHint = 6;

/// The folders straight in `folder`, sorted, without what systems leave.
std::vector<fs::path> folders_straight_in(const fs::path& folder) {
  std::vector<fs::path> found;
  std::error_code failed;
  fs::directory_iterator entry(folder, failed);
  for (const fs::directory_iterator end; !failed && entry != end; entry.increment(failed)) {
    std::error_code ignored;
    if (!audio::is_system_name(entry->path()) && entry->is_directory(ignored)) found.push_back(entry->path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

/// A sound file straight in it, among the first entries: whole trees would take long.
bool holds_sounds(const fs::path& folder) {
  constexpr int kEntries = 1000;
  std::error_code failed;
  fs::directory_iterator entry(folder, failed);
  const fs::directory_iterator end;
  for (int i = 0; i < kEntries && !failed && entry != end; ++i, entry.increment(failed)) {
    if (audio::is_sound_name(entry->path()) && !audio::is_system_name(entry->path())) return true;
  }
  return false;
}

bool holds_one_of(const std::vector<std::string>& names, const std::vector<std::string>& wanted) {
  return std::any_of(wanted.begin(), wanted.end(),
                     [&](const auto& name) { return find_name(name, names).has_value(); });
}

}  // namespace

fs::path parent_of(const fs::path& folder) {
  const auto parent = (folder / "..").lexically_normal();
  return parent.has_filename() ? parent : parent.parent_path();
}

std::vector<std::string> class_folders_in(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& each : folders_straight_in(folder)) {
    if (holds_sounds(each)) names.push_back(each.filename().string());
  }
  return names;
}

std::string hint_at_classes(const fs::path& folder, const std::vector<std::string>& wanted) {
  const auto names = class_folders_in(folder);
  if (names.size() < 2 || (!wanted.empty() && !holds_one_of(names, wanted))) return "";
  return "; the classes seem to be in " + in_quotes(folder.string()) + " (" + joined(names, kNamesInHint) +
         "): give that folder";
}

std::string hint_near(const fs::path& root, const std::vector<std::string>& wanted) {
  for (const auto& below : folders_straight_in(root)) {
    if (auto hint = hint_at_classes(below, wanted); !hint.empty()) return hint;
  }
  return hint_at_classes(parent_of(root), wanted);
}

std::vector<std::string> data_sets_in(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& each : folders_straight_in(folder)) {
    if (!holds_sounds(each) && class_folders_in(each).size() > 1) names.push_back(each.filename().string());
  }
  return names;
}

}  // namespace soundfold::dataset

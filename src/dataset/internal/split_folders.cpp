// SPDX-License-Identifier: Apache-2.0
#include "dataset/internal/split_folders.h"

#include "audio/sound_names.h"
#include "dataset/wording.h"
#include "support/errors.h"
#include "text/names.h"
#include "text/text.h"

#include <algorithm>

namespace soundfold::dataset {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kFoldersInMessage = 12;

/// A folder of the user's lies straight in `folder`.
bool holds_folders(const fs::path& folder) {
  std::error_code failed;
  fs::directory_iterator entry(folder, failed);
  for (const fs::directory_iterator end; !failed && entry != end; entry.increment(failed)) {
    std::error_code ignored;
    if (!audio::is_system_name(entry->path()) && entry->is_directory(ignored)) return true;
  }
  return false;
}

[[noreturn]] void refuse(const fs::path& root, const std::map<std::string, Split>& named, const std::string& what) {
  std::vector<std::string> names;
  names.reserve(named.size());
  for (const auto& entry : named) names.push_back(in_quotes(entry.first));
  throw DataError("data.root: " + in_quotes(root.string()) + " holds " + joined(names, kFoldersInMessage) +
                  (named.size() == 1 ? ", which looks like a split, " : ", which look like splits, ") + what);
}

/// Every split folder holds class folders, each split has one folder, and there is something to train and to test on.
void check_split_folders(const fs::path& root, const std::map<std::string, Split>& named) {
  std::map<Split, std::string> folder_of;
  for (const auto& [name, split] : named) {
    if (!holds_folders(root / name)) {
      refuse(root, named,
             "but " + in_quotes(name) + " holds no class folders; put each class's sounds into a folder " +
                 "of its own there, list the clips in a CSV, or name it in data.classes if it is a class");
    }
    const auto [other, is_new] = folder_of.emplace(split, name);
    if (is_new) continue;
    refuse(root, named,
           "but " + in_quotes(other->second) + " and " + in_quotes(name) + " are both for " + split_name(split) +
               "; keep one of them");
  }
  if (folder_of.count(Split::train) == 0) {
    refuse(root, named, "but none for training; add a folder 'train', or give one folder per class");
  }
  if (folder_of.size() == 1) {
    refuse(root, named,
           "alone; add a folder 'test', or give " + in_quotes((root / folder_of.at(Split::train)).string()) +
               " to split it at random");
  }
}

}  // namespace

std::optional<Split> split_named(const std::string& folder) {
  static const std::map<std::string, Split> splits = {{"train", Split::train},    {"training", Split::train},
                                                      {"val", Split::validation}, {"valid", Split::validation},
                                                      {"dev", Split::validation}, {"validation", Split::validation},
                                                      {"test", Split::test},      {"testing", Split::test},
                                                      {"eval", Split::test},      {"evaluation", Split::test}};
  const auto found = splits.find(lower_case(folder));
  return found == splits.end() ? std::nullopt : std::optional(found->second);
}

std::map<std::string, Split> find_split_folders(const fs::path& root, const std::vector<std::string>& names,
                                                const std::vector<std::string>& chosen) {
  std::map<std::string, Split> named;
  bool nested = false;
  for (const auto& name : names) {
    const auto split = split_named(name);
    if (!split) continue;
    if (find_name(name, chosen)) return {};
    named.emplace(name, *split);
    nested = nested || holds_folders(root / name);
  }
  if (named.empty() || (named.size() == 1 && names.size() > 1 && !nested)) return {};
  if (named.size() < names.size()) {
    const auto other = std::find_if(names.begin(), names.end(), [&](const auto& n) { return named.count(n) == 0; });
    refuse(root, named,
           "beside " + in_quotes(*other) +
               "; keep split folders and class folders apart, rename a class, "
               "or name the classes in data.classes");
  }
  check_split_folders(root, named);
  return named;
}

}  // namespace soundfold::dataset

// SPDX-License-Identifier: Apache-2.0
#include "dataset/equal_clips.h"

#include "dataset/wording.h"
#include "support/errors.h"
#include "support/logging.h"

#include <algorithm>
#include <unordered_map>

namespace soundfold::dataset {
namespace {

constexpr std::size_t kItemsInMessage = 6;

/// Clips of the same bytes, in their order; only groups of two and more, by their first clip.
std::vector<std::vector<std::size_t>> groups_of_equals(const std::vector<std::string>& digests) {
  std::unordered_map<std::string, std::size_t> group_of;
  std::vector<std::vector<std::size_t>> groups;
  for (std::size_t clip = 0; clip < digests.size(); ++clip) {
    if (digests[clip].empty()) continue;
    const auto [at, is_new] = group_of.emplace(digests[clip], groups.size());
    if (is_new) groups.emplace_back();
    groups[at->second].push_back(clip);
  }
  groups.erase(std::remove_if(groups.begin(), groups.end(), [](const auto& group) { return group.size() < 2; }),
               groups.end());
  return groups;
}

/// "'a.wav' (dog) and 'b.wav' (cat)", or without the classes.
std::string named(const Dataset& dataset, std::size_t first, std::size_t second) {
  const auto one = [&](std::size_t clip) {
    std::vector<std::string> classes;
    for (const auto label : dataset.clips[clip].labels) {
      classes.push_back(dataset.class_names[static_cast<std::size_t>(label)]);
    }
    return in_quotes(dataset.clips[clip].id) + " (" + joined(classes, kItemsInMessage) + ")";
  };
  return one(first) + " and " + one(second);
}

void check_equal_clips(const Dataset& dataset, const std::vector<std::vector<std::size_t>>& groups) {
  for (const auto& group : groups) {
    const auto differs = [&](std::size_t clip) { return dataset.clips[clip].labels != dataset.clips[group[0]].labels; };
    const auto found = std::find_if(group.begin() + 1, group.end(), differs);
    if (found == group.end()) continue;
    const std::string text = "the files of " + named(dataset, group[0], *found) + " are the same, byte for byte";
    if (!dataset.multi_label && !dataset.folds_are_published) {
      throw DataError(text + ", but have different classes; remove the wrong one");
    }
    logger().warn("{}: {}, but have different labels", dataset.name, text);
  }
}

/// For each source that shares a file with another: the name of all of them, which is that of the smallest.
std::unordered_map<std::string, std::string> names_of_joined(const Dataset& dataset,
                                                             const std::vector<std::vector<std::size_t>>& groups) {
  std::unordered_map<std::string, std::string> parent;
  const auto root_of = [&](std::string source) {
    for (auto at = parent.find(source); at != parent.end() && at->second != source; at = parent.find(source)) {
      source = at->second;
    }
    return source;
  };
  for (const auto& group : groups) {
    for (const std::size_t clip : group) {
      const std::string& source = dataset.clips[clip].source;
      parent.emplace(source, source);
      const std::string a = root_of(source), b = root_of(dataset.clips[group[0]].source);
      parent[std::max(a, b)] = std::min(a, b);
    }
  }
  std::unordered_map<std::string, std::string> names;
  for (const auto& entry : parent) {
    const std::string root = root_of(entry.first);
    names.emplace(entry.first, root);
  }
  return names;
}

void warn_of_groups(const Dataset& dataset, const std::vector<std::vector<std::size_t>>& groups) {
  std::size_t clips = 0;
  std::vector<std::string> items;
  for (const auto& group : groups) {
    clips += group.size();
    std::string item = in_quotes(dataset.clips[group[0]].id) + " = " + in_quotes(dataset.clips[group[1]].id);
    if (group.size() > 2) item += " = " + std::to_string(group.size() - 2) + " more";
    items.push_back(std::move(item));
  }
  logger().warn("{}: {} have the same bytes as another one and count as one source with it: {}", dataset.name,
                counted(clips, "clip"), joined(items, kItemsInMessage));
}

}  // namespace

void join_equal_clips(Dataset& dataset, const std::vector<std::string>& digests) {
  if (digests.size() != dataset.clips.size()) throw UsageError("join_equal_clips: one digest per clip is needed");
  const auto groups = groups_of_equals(digests);
  if (groups.empty()) return;
  check_equal_clips(dataset, groups);
  warn_of_groups(dataset, groups);
  const auto names = names_of_joined(dataset, groups);
  for (auto& clip : dataset.clips) {
    const auto found = names.find(clip.source);
    if (found != names.end()) clip.source = found->second + " (in several files of the same bytes)";
  }
}

}  // namespace soundfold::dataset

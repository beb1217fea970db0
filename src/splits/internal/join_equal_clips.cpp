// SPDX-License-Identifier: Apache-2.0
#include "splits/internal/join_equal_clips.h"

#include "audit/file_digests.h"
#include "dataset/wording.h"
#include "support/errors.h"
#include "support/logging.h"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <unordered_map>

namespace soundfold::splits {
namespace fs = std::filesystem;
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
std::string named(const dataset::Dataset& data, std::size_t first, std::size_t second) {
  const auto one = [&](std::size_t clip) {
    std::vector<std::string> classes;
    for (const auto label : data.clips[clip].labels) {
      classes.push_back(data.class_names[static_cast<std::size_t>(label)]);
    }
    return dataset::in_quotes(data.clips[clip].id) + " (" + dataset::joined(classes, kItemsInMessage) + ")";
  };
  return one(first) + " and " + one(second);
}

void check_equal_clips(const dataset::Dataset& data, const std::vector<std::vector<std::size_t>>& groups) {
  for (const auto& group : groups) {
    const auto differs = [&](std::size_t clip) { return data.clips[clip].labels != data.clips[group[0]].labels; };
    const auto found = std::find_if(group.begin() + 1, group.end(), differs);
    if (found == group.end() || data.clips[group[0]].stretch || data.clips[*found].stretch) continue;
    const std::string text = "the files of " + named(data, group[0], *found) + " are the same, byte for byte";
    if (!data.multi_label && !data.folds_are_published) {
      throw DataError(text + ", but have different classes; remove the wrong one");
    }
    logger().warn("{}: {}, but have different labels", data.name, text);
  }
}

/// For each source that shares a file with another: the name of all of them, which is that of the smallest.
std::unordered_map<std::string, std::string> names_of_joined(const dataset::Dataset& data,
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
      const std::string& source = data.clips[clip].source;
      parent.emplace(source, source);
      const std::string a = root_of(source), b = root_of(data.clips[group[0]].source);
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

void warn_of_groups(const dataset::Dataset& data, const std::vector<std::vector<std::size_t>>& groups) {
  std::size_t clips = 0;
  std::vector<std::string> items;
  for (const auto& group : groups) {
    clips += group.size();
    std::string item =
        dataset::in_quotes(data.clips[group[0]].id) + " = " + dataset::in_quotes(data.clips[group[1]].id);
    if (group.size() > 2) item += " = " + std::to_string(group.size() - 2) + " more";
    items.push_back(std::move(item));
  }
  logger().warn("{}: {} have the same bytes as another one and count as one source with it: {}", data.name,
                dataset::counted(clips, "clip"), dataset::joined(items, kItemsInMessage));
}

/// The store, to save hashing: null when there is none yet, or none that can be opened, which is not an error here.
std::unique_ptr<store::Store> existing_store(const fs::path& folder) {
  try {
    if (fs::exists(folder / "data.mdb")) return std::make_unique<store::Store>(folder);
  } catch (const DataError&) {
  } catch (const fs::filesystem_error&) {
  }
  return nullptr;
}

}  // namespace

void join_equal_clips(dataset::Dataset& data, const std::vector<std::string>& digests) {
  if (digests.size() != data.clips.size()) throw UsageError("join_equal_clips: one digest per clip is needed");
  const auto groups = groups_of_equals(digests);
  if (groups.empty()) return;
  check_equal_clips(data, groups);
  warn_of_groups(data, groups);
  const auto names = names_of_joined(data, groups);
  for (auto& clip : data.clips) {
    const auto found = names.find(clip.source);
    if (found != names.end()) clip.source = found->second + " (in several files of the same bytes)";
  }
}

void join_equal_clips(const config::Experiment& experiment, dataset::Dataset& data) {
  std::vector<fs::path> paths;
  paths.reserve(data.clips.size());
  for (const auto& clip : data.clips) paths.push_back(clip.path);
  const auto store = existing_store(experiment.store.folder);
  join_equal_clips(data, audit::digests_of_equal_sizes(paths, store.get(), static_cast<int>(experiment.run.threads)));
}

}  // namespace soundfold::splits

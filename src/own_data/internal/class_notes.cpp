// SPDX-License-Identifier: Apache-2.0
#include "own_data/internal/class_notes.h"

#include "dataset/wording.h"
#include "text/names.h"
#include "text/text.h"

#include <algorithm>
#include <cstddef>
#include <filesystem>

namespace soundfold::own_data {
namespace {

constexpr std::size_t kFewestLetters = 5;  // shorter names are near each other by chance: cat, car
constexpr std::size_t kPairsInNote = 3;
constexpr std::size_t kMostTimes = 10;  // the largest class, in clips of the smallest

bool is_plural(const std::string& one, const std::string& other) {
  return lower_case(other) == lower_case(one) + "s";
}

void add_near_names(const std::vector<std::string>& names, std::vector<std::string>& notes) {
  std::vector<std::string> pairs;
  for (std::size_t a = 0; a < names.size(); ++a) {
    for (std::size_t b = a + 1; b < names.size(); ++b) {
      const bool are_long = std::min(names[a].size(), names[b].size()) >= kFewestLetters;
      const bool are_near = are_long && !nearest_name(names[a], {names[b]}).empty();
      if (!are_near && !is_plural(names[a], names[b]) && !is_plural(names[b], names[a])) continue;
      pairs.push_back(dataset::in_quotes(names[a]) + " and " + dataset::in_quotes(names[b]));
    }
  }
  if (pairs.empty()) return;
  notes.push_back("classes of nearly the same name: " + dataset::joined(pairs, kPairsInNote) +
                  "; if two are one, give their clips one folder or label");
}

void add_split_names(const dataset::Dataset& data, std::vector<std::string>& notes) {
  for (const auto& name : data.class_names) {
    if (!dataset::split_named(name)) continue;
    notes.push_back("the class " + dataset::in_quotes(name) +
                    " has the name of a split; folders for splits lie above those of the classes (docs/datasets.md)");
  }
  std::size_t nested = 0;
  std::string first;
  for (const auto& clip : data.clips) {
    if (clip.split) continue;
    const auto folder = std::filesystem::path(clip.id).parent_path();
    if (folder.empty() || !find_name(folder.begin()->string(), data.class_names)) continue;
    std::size_t depth = 0;
    const bool in_split = std::any_of(folder.begin(), folder.end(), [&](const auto& part) {
      return depth++ > 0 && dataset::split_named(part.string()).has_value();
    });
    if (in_split && nested++ == 0) first = clip.id;
  }
  if (nested == 0) return;
  notes.push_back(dataset::counted(nested, "clip") + " in folders named as splits are below a class, the first " +
                  dataset::in_quotes(first) + ": these folders are not used as splits, which lie above the classes");
}

void add_sizes(const dataset::Dataset& data, std::vector<std::string>& notes) {
  std::vector<std::size_t> all(data.clips.size());
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
  const auto counts = dataset::clips_per_class(data, all);
  if (counts.empty()) return;
  const auto [least, largest] = std::minmax_element(counts.begin(), counts.end());
  if (*least == 0 || *largest < kMostTimes * *least) return;
  const auto name = [&](auto at) { return data.class_names[static_cast<std::size_t>(at - counts.begin())]; };
  notes.push_back("classes of very different sizes, from " + name(least) + " " + std::to_string(*least) + " to " +
                  name(largest) + " " + std::to_string(*largest) +
                  " clips: accuracy hides the small ones; objective.class_weights: balanced counts all alike");
}

}  // namespace

std::vector<std::string> class_notes(const dataset::Dataset& data) {
  std::vector<std::string> notes;
  add_near_names(data.class_names, notes);
  add_split_names(data, notes);
  add_sizes(data, notes);
  return notes;
}

}  // namespace soundfold::own_data

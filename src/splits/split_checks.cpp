// SPDX-License-Identifier: Apache-2.0
#include "splits/split_checks.h"

#include "dataset/class_places.h"
#include "dataset/wording.h"
#include "support/errors.h"
#include "support/logging.h"
#include "text/text.h"

#include <algorithm>
#include <set>
#include <unordered_map>

namespace soundfold::splits {
namespace {

constexpr std::size_t kSourcesInMessage = 12;

/// Where a source was seen first.
struct Sighting {
  std::size_t clip;
  dataset::Split split;
};

[[noreturn]] void refuse_shared_source(const dataset::Dataset& dataset, const Sighting& first, const Sighting& second) {
  const dataset::Clip& clip = dataset.clips[first.clip];
  const std::string splits = std::string("both the ") + dataset::split_name(first.split) + " and the " +
                             dataset::split_name(second.split) + " split";
  if (first.clip == second.clip) throw DataError("clip " + dataset::in_quotes(clip.id) + " is in " + splits);
  throw DataError("source " + dataset::in_quotes(clip.source) + " has clips in " + splits + ": " +
                  dataset::in_quotes(clip.id) + " and " + dataset::in_quotes(dataset.clips[second.clip].id) +
                  (clip.split ? "; keep all clips of one recording in one split's folder"
                              : "; give all clips of one recording the same fold, or correct their source"));
}

void check_indices(const dataset::Dataset& dataset, const Splits& splits) {
  for (const dataset::Split split : kSplits) {
    std::vector<bool> seen(dataset.clips.size());
    for (const std::size_t index : splits.of(split)) {
      if (index < seen.size() && !seen[index]) {
        seen[index] = true;
        continue;
      }
      throw DataError(std::string("the ") + dataset::split_name(split) + " split holds the clip index " +
                      std::to_string(index) + ", which is out of range (" +
                      dataset::counted(dataset.clips.size(), "clip") + ") or appears twice");
    }
  }
}

/// Clips of one source stay together; where folds are a published benchmark's, clips of one source and fold do.
void check_sources(const dataset::Dataset& dataset, const Splits& splits) {
  std::unordered_map<std::string, Sighting> first_seen;
  for (const dataset::Split split : kSplits) {
    for (const std::size_t index : splits.of(split)) {
      const dataset::Clip& clip = dataset.clips[index];
      std::string group = clip.source;
      if (dataset.folds_are_published) group.append(1, '\0').append(std::to_string(clip.fold));
      const Sighting& first = first_seen.emplace(std::move(group), Sighting{index, split}).first->second;
      if (first.split != split) refuse_shared_source(dataset, first, {index, split});
    }
  }
}

/// "dog 8, cat 0", or for many classes the range of those that are there.
std::string describe_counts(const dataset::Dataset& dataset, const std::vector<std::size_t>& counts) {
  if (counts.size() <= kSourcesInMessage) {
    std::vector<std::string> items;
    items.reserve(counts.size());
    for (std::size_t k = 0; k < counts.size(); ++k) items.push_back(dataset.class_names[k] + " " + grouped(counts[k]));
    return dataset::joined(items, kSourcesInMessage);
  }
  std::vector<std::size_t> present;
  std::copy_if(counts.begin(), counts.end(), std::back_inserter(present), [](std::size_t count) { return count > 0; });
  if (present.empty()) return "no class has one";
  const auto [least, most] = std::minmax_element(present.begin(), present.end());
  return "the other " + dataset::counted(present.size(), "class") + " have " + grouped(*least) + " to " +
         grouped(*most);
}

/// Folds that hold clips of class `target`, ascending.
std::vector<int> folds_of_class(const dataset::Dataset& dataset, std::size_t target) {
  std::set<int> folds;
  for (const auto& clip : dataset.clips) {
    const auto& labels = clip.labels;
    const bool carries = std::find(labels.begin(), labels.end(), static_cast<std::int64_t>(target)) != labels.end();
    if (carries && clip.fold > 0) folds.insert(clip.fold);
  }
  return {folds.begin(), folds.end()};
}

void check_classes(const dataset::Dataset& dataset, const Splits& splits, dataset::Split split) {
  if (splits.of(split).empty()) return;
  const auto counts = dataset::clips_per_class(dataset, splits.of(split));
  std::vector<std::string> absent;
  std::size_t first_absent = 0;
  for (std::size_t k = 0; k < counts.size(); ++k) {
    if (counts[k] > 0) continue;
    if (absent.empty()) first_absent = k;
    absent.push_back(dataset::in_quotes(dataset.class_names[k]));
  }
  if (absent.empty()) return;
  const std::vector<int> folds = folds_of_class(dataset, first_absent);
  const std::string hint = folds.empty() ? "; add recordings or leave the class out"
                                         : "; class " + dataset::in_quotes(dataset.class_names[first_absent]) +
                                               " has clips only in " + dataset::named_folds(folds) +
                                               ": choose other folds or leave the class out";
  throw DataError((absent.size() == 1 ? "class " : "classes ") + dataset::joined(absent, kSourcesInMessage) +
                  (absent.size() == 1 ? " has" : " have") + " no clip in the " + dataset::split_name(split) +
                  " split (" + describe_counts(dataset, counts) + ")" + hint);
}

}  // namespace

std::vector<std::string> shared_sources(const dataset::Dataset& dataset, const Splits& splits) {
  std::unordered_map<std::string, dataset::Split> first_split;
  std::set<std::string> shared;
  for (const dataset::Split split : kSplits) {
    for (const std::size_t index : splits.of(split)) {
      const std::string& source = dataset.clips[index].source;
      if (first_split.emplace(source, split).first->second != split) shared.insert(source);
    }
  }
  return {shared.begin(), shared.end()};
}

void warn_shared_sources(const dataset::Dataset& dataset, const std::vector<std::string>& shared) {
  logger().warn("{}: {} in several splits, because the published folds do so: {}", dataset.name,
                dataset::counted(shared.size(), "source recording"), dataset::joined(shared, kSourcesInMessage));
}

void check_splits(const dataset::Dataset& dataset, const Splits& splits, const SplitChecks& checks) {
  check_indices(dataset, splits);
  check_sources(dataset, splits);
  for (const dataset::Split split : kSplits) {
    if (checks.classes_in_all || split == dataset::Split::train) check_classes(dataset, splits, split);
  }
  if (!dataset.folds_are_published || !checks.warn_shared) return;  // no source is shared, or no warning is wanted
  const std::vector<std::string> shared = shared_sources(dataset, splits);
  if (!shared.empty()) warn_shared_sources(dataset, shared);
}

void check_negatives(const dataset::Dataset& dataset, const Splits& splits) {
  const auto& names = dataset.class_names;
  if (names.size() == 1 && !dataset.multi_label) {
    const auto hint = dataset::hint_at_classes(dataset.root / names.front());
    throw DataError("a classifier needs at least two classes, and " + dataset::in_quotes(names.front()) +
                    " is the only one" +
                    (hint.empty() ? "; add a class of other sounds, or gather the classes not chosen with "
                                    "data.other_class"
                                  : hint));
  }
  const auto counts = dataset::clips_per_class(dataset, splits.train);
  for (std::size_t k = 0; k < counts.size(); ++k) {
    if (counts[k] < splits.train.size() || counts[k] == 0) continue;
    throw DataError("class " + dataset::in_quotes(names[k]) + " has no negative example: all " +
                    dataset::counted(counts[k], "training clip") + " carry it; " +
                    (dataset.multi_label ? "list clips without it (an empty label for none of the classes), or keep "
                                           "those of other classes with data.keep_unlabelled"
                                         : "choose folds that hold other classes too"));
  }
}

}  // namespace soundfold::splits

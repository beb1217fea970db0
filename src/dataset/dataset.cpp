// SPDX-License-Identifier: Apache-2.0
#include "dataset/dataset.h"

#include "dataset/internal/layouts.h"
#include "dataset/wording.h"
#include "support/errors.h"
#include "text/text.h"

#include <algorithm>
#include <numeric>
#include <set>

namespace soundfold::dataset {
namespace {

/// Options that only one layout understands are refused elsewhere: they would be ignored silently.
void check_options(const Layout& kind, const DataOptions& options) {
  const std::string layout = "data.layout is " + in_quotes(options.layout);
  if (!kind.is_list) {
    if (options.root.empty()) throw UsageError("data.root is not given; name the data set's folder");
    if (!options.manifest.empty()) {
      throw UsageError("data.manifest is for the csv layout, and " + layout + "; drop it or set data.layout to csv");
    }
    if (options.multi_label) {
      throw UsageError("data.multi_label is for the csv layout, and " + layout + ", which has one label per clip");
    }
    const auto& columns = options.columns;
    if (!columns.path.empty() || !columns.label.empty() || !columns.fold.empty() || !columns.source.empty()) {
      throw UsageError("data.columns names columns of a CSV for the csv layout, and " + layout + "; drop it");
    }
  } else if (options.manifest.empty()) {
    throw UsageError(
        "data.manifest is not given; the csv layout needs a CSV with the columns path,label[,fold][,source]");
  }
  if (options.multi_label && !options.other_class.empty()) {
    throw UsageError(
        "data.other_class is for data with one label per clip; with data.multi_label, data.keep_unlabelled keeps the "
        "clips of classes not chosen");
  }
  if (options.keep_unlabelled && !options.multi_label) {
    throw UsageError(
        "data.keep_unlabelled needs data.multi_label: true; with one label per clip, data.other_class gathers the "
        "clips "
        "of classes not chosen");
  }
  if (options.esc10 && !kind.has_esc10) {
    throw UsageError("data.esc10 is for the esc50 layout, and " + layout + "; choose by data.classes instead");
  }
}

}  // namespace

std::vector<int> Dataset::folds() const {
  std::set<int> distinct;
  for (const auto& clip : clips) {
    if (clip.fold > 0) distinct.insert(clip.fold);
  }
  return {distinct.begin(), distinct.end()};
}

bool Dataset::gives_splits() const {
  return std::any_of(clips.begin(), clips.end(), [](const Clip& clip) { return clip.split.has_value(); });
}

bool Dataset::gives_split(Split split) const {
  return std::any_of(clips.begin(), clips.end(), [split](const Clip& clip) { return clip.split == split; });
}

Dataset load(const DataOptions& options) {
  std::vector<std::string> names;
  for (const auto& layout : kLayouts) {
    if (options.layout == layout.name) {
      check_options(layout, options);
      return layout.load(options);
    }
    names.emplace_back(layout.name);
  }
  const std::string nearest = nearest_name(options.layout, names);
  throw UsageError("data.layout: " + in_quotes(options.layout) + " is not a layout (they are: " + join(names) + ")" +
                   (nearest.empty() ? "" : "; did you mean " + in_quotes(nearest) + "?"));
}

const char* split_name(Split split) {
  switch (split) {
    case Split::train:
      return "train";
    case Split::validation:
      return "validation";
    case Split::test:
      return "test";
  }
  throw UsageError("no such split");
}

std::string class_counts_text(const Dataset& dataset, std::size_t most) {
  std::vector<std::size_t> all(dataset.clips.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  const std::vector<std::size_t> counts = clips_per_class(dataset, all);
  std::string text;
  if (counts.empty()) {
    text = "no class";
  } else if (counts.size() > most) {
    const auto [least, largest] = std::minmax_element(counts.begin(), counts.end());
    text = grouped(*least) + (*least == *largest ? "" : " to " + grouped(*largest)) + " each";
  } else {
    for (std::size_t k = 0; k < counts.size(); ++k) {
      text += (k == 0 ? "" : ", ") + shown(dataset.class_names[k]) + " " + grouped(counts[k]);
    }
  }
  const auto unlabelled =
      std::count_if(dataset.clips.begin(), dataset.clips.end(), [](const Clip& clip) { return clip.labels.empty(); });
  if (unlabelled > 0) text += ", without a label " + grouped(static_cast<std::size_t>(unlabelled));
  return text;
}

std::vector<std::size_t> clips_per_class(const Dataset& dataset, const std::vector<std::size_t>& indices) {
  std::vector<std::size_t> counts(dataset.class_names.size());
  for (const std::size_t index : indices) {
    for (const std::int64_t label : dataset.clips[index].labels) ++counts.at(static_cast<std::size_t>(label));
  }
  return counts;
}

}  // namespace soundfold::dataset

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

const LayoutReader& reader_of(Layout layout) {
  for (const auto& reader : kLayouts) {
    if (reader.layout == layout) return reader;
  }
  throw UsageError("no such data layout");
}

/// Options that only a list has; annotations have some of them.
void validate_without_list(const DataOptions& options, const std::string& layout) {
  const bool annotated = options.layout == Layout::annotations;
  const auto& columns = options.columns;
  if (!(columns.path + (annotated ? "" : columns.label) + columns.fold + columns.source).empty()) {
    throw UsageError("data.columns is for data.layout: csv; given: " + layout + "; drop it, or set the layout");
  }
  if (annotated) {
    if (options.root.empty() && options.manifest.empty()) {
      throw UsageError("data.root is not given; name the folder of the recordings");
    }
    if (options.keep_unlabelled) throw UsageError("data.keep_unlabelled is for data.layout: csv; given: " + layout);
    return;
  }
  if (options.root.empty()) throw UsageError("data.root is not given; name the data set's folder");
  if (!options.manifest.empty()) {
    throw UsageError("data.manifest is for data.layout: csv; given: " + layout + "; drop it, or set the layout");
  }
  if (options.multi_label) {
    throw UsageError("data.multi_label is for data.layout: csv; given: " + layout + ", which has one label per clip");
  }
}

}  // namespace

void validate(const DataOptions& options) {
  const auto& reader = reader_of(options.layout);
  if (!reader.is_list) {
    validate_without_list(options, name_of(options.layout));
  } else if (options.manifest.empty()) {
    throw UsageError("data.layout: csv needs data.manifest, the CSV with the columns path,label[,fold][,source]");
  }
  if (!options.other_class.empty() && options.multi_label) {
    throw UsageError(
        "data.other_class is for one label per clip; with data.multi_label use data.keep_unlabelled (csv)");
  }
  if (!options.other_class.empty() && options.classes.empty() && options.layout != Layout::annotations) {
    throw UsageError("data.other_class: " + options.other_class +
                     " gathers the classes that are not chosen; name those that are in data.classes");
  }
  if (options.keep_unlabelled && !options.multi_label) {
    throw UsageError("data.keep_unlabelled needs data.multi_label: true; with one label per clip use data.other_class");
  }
  if (options.esc10 && !reader.has_esc10) {
    throw UsageError("data.esc10 is for data.layout: esc50; given: " + name_of(options.layout) +
                     "; choose by data.classes instead");
  }
}

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
  validate(options);
  return reader_of(options.layout).load(options);
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

// SPDX-License-Identifier: Apache-2.0
#include "dataset/dataset.h"

#include <soundfold/dataset.h>
#include <soundfold/error.h>

#include <utility>

namespace soundfold {
namespace {

dataset::Layout layout_of(DatasetLayout layout) {
  switch (layout) {
    case DatasetLayout::esc50:
      return dataset::Layout::esc50;
    case DatasetLayout::folders:
      return dataset::Layout::folders;
    case DatasetLayout::csv:
      return dataset::Layout::csv;
    case DatasetLayout::annotations:
      return dataset::Layout::annotations;
  }
  throw UsageError("no such data layout");
}

std::optional<Split> split_of(const std::optional<dataset::Split>& split) {
  if (!split) return std::nullopt;
  switch (*split) {
    case dataset::Split::train:
      return Split::train;
    case dataset::Split::validation:
      return Split::validation;
    case dataset::Split::test:
      return Split::test;
  }
  return std::nullopt;
}

dataset::DataOptions data_options(const DatasetOptions& options) {
  dataset::DataOptions data;
  data.layout = layout_of(options.layout);
  data.root = options.root;
  data.manifest = options.manifest;
  data.columns = {options.path_column, options.label_column, options.fold_column, options.source_column};
  data.classes = options.classes;
  data.other_class = options.other_class;
  data.esc10 = options.esc10;
  data.multi_label = options.multi_label;
  data.keep_unlabelled = options.keep_unlabelled;
  data.window_share = options.window_share;
  data.event_share = options.event_share;
  data.negatives_per_event = options.negatives_per_event;
  return data;
}

}  // namespace

Dataset read_dataset(const DatasetOptions& options) {
  dataset::Dataset data = dataset::load(data_options(options));
  Dataset read{std::move(data.name), std::move(data.root),     std::move(data.class_names), {},
               data.multi_label,     data.folds_are_published, std::move(data.description)};
  read.clips.reserve(data.clips.size());
  for (auto& clip : data.clips) {
    read.clips.push_back({std::move(clip.id), std::move(clip.path), std::move(clip.labels), clip.fold,
                          std::move(clip.source), split_of(clip.split), clip.stretch ? clip.stretch->start_s : 0,
                          clip.stretch ? clip.stretch->end_s : 0});
  }
  return read;
}

}  // namespace soundfold

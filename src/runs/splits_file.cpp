// SPDX-License-Identifier: Apache-2.0
#include "runs/splits_file.h"

#include "dataset/dataset.h"
#include "text/csv.h"
#include "text/text.h"

#include <cstddef>
#include <vector>

namespace soundfold::runs {
namespace {

std::string csv_labels(const dataset::Dataset& data, const dataset::Clip& clip) {
  std::vector<std::string> names;
  for (const auto label : clip.labels) names.push_back(data.class_names[static_cast<std::size_t>(label)]);
  return join(names, "|");
}

}  // namespace

std::string splits_csv(const features::PreparedFeatures& prepared, bool cross_validates) {
  const auto& data = *prepared.data.dataset;
  std::vector<std::string> split_of(data.clips.size());
  std::vector<bool> used(data.clips.size());
  for (const auto split : {dataset::Split::train, dataset::Split::validation, dataset::Split::test}) {
    for (const auto clip : prepared.data.splits.of(split)) {
      used[clip] = true;
      if (!cross_validates) split_of[clip] = dataset::split_name(split);
    }
  }
  std::string csv = "path,label,split,fold,source,xxh3_128\n";
  for (std::size_t i = 0; i < data.clips.size(); ++i) {
    if (!used[i]) continue;
    const auto& clip = data.clips[i];
    csv += csv_field(clip.id) + "," + csv_field(csv_labels(data, clip)) + "," + split_of[i] + "," +
           (clip.fold > 0 ? std::to_string(clip.fold) : "") + "," +
           (clip.source == clip.id ? "" : csv_field(clip.source)) + "," +
           prepared.origin->embedded.records.at(i).file_digest + "\n";
  }
  return csv;
}

}  // namespace soundfold::runs

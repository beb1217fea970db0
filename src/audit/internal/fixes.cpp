// SPDX-License-Identifier: Apache-2.0
#include "audit/internal/rules.h"
#include "text/csv.h"
#include "text/text.h"

namespace soundfold::audit {
namespace {

std::string names_of(const dataset::Dataset& data, const std::vector<std::int64_t>& labels,
                     const std::string& between) {
  std::vector<std::string> names;
  for (const auto label : labels) names.push_back(data.class_names[static_cast<std::size_t>(label)]);
  return join(names, between);
}

}  // namespace

bool has_embedding(const Material& material, std::size_t clip) {
  return !material.embedded[clip].key.empty();
}

std::string manifest_row(const dataset::Dataset& data, const dataset::Clip& clip) {
  return csv_field(clip.id) + "," + csv_field(names_of(data, clip.labels, "|")) + "," +
         (clip.fold > 0 ? std::to_string(clip.fold) : "") + "," + csv_field(clip.source);
}

std::string clip_text(const Material& material, std::size_t clip) {
  const auto& one = material.data.clips[clip];
  const auto labels = names_of(material.data, one.labels, "; ");
  const auto& part = material.parts[clip];
  return "'" + shown(one.id) + "' (" + (labels.empty() ? "no label" : labels) + (part.empty() ? "" : ", " + part) + ")";
}

}  // namespace soundfold::audit

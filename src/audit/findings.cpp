// SPDX-License-Identifier: Apache-2.0
#include "audit/findings.h"

#include "audit/internal/rules.h"
#include "search/nearest.h"
#include "text/text.h"

#include <algorithm>
#include <tuple>

namespace soundfold::audit {
namespace {

struct KindWords {
  const char* name;
  const char* heading;
};

KindWords words_of(Kind kind) {
  switch (kind) {
    case Kind::unreadable:
      return {"unreadable", "Unreadable files"};
    case Kind::equal_bytes:
      return {"equal_bytes", "Files of the same bytes"};
    case Kind::near_duplicate:
      return {"near_duplicate", "Near duplicates"};
    case Kind::label_suspect:
      return {"label_suspect", "Labels that may be wrong"};
    case Kind::class_rule:
      return {"class_rule", "Classes recognised without their sound"};
    case Kind::silent:
      return {"silent", "Silence and padding"};
    case Kind::clipped:
      return {"clipped", "Clipping"};
    case Kind::dc_offset:
      return {"dc_offset", "DC offset"};
    case Kind::band_limited:
      return {"band_limited", "Band limits"};
    case Kind::mixed_formats:
      return {"mixed_formats", "Rare formats"};
  }
  return {"", ""};
}

}  // namespace

const char* kind_name(Kind kind) {
  return words_of(kind).name;
}

const char* kind_heading(Kind kind) {
  return words_of(kind).heading;
}

const char* severity_name(Severity severity) {
  return severity == Severity::error ? "error" : severity == Severity::warning ? "warning" : "note";
}

std::string Findings::labels_of(std::size_t clip) const {
  std::vector<std::string> names;
  for (const auto label : clips[clip].labels) names.push_back(class_names[static_cast<std::size_t>(label)]);
  return join(names, "; ");
}

std::size_t Findings::count(Kind kind) const {
  return static_cast<std::size_t>(
      std::count_if(list.begin(), list.end(), [&](const auto& finding) { return finding.kind == kind; }));
}

Findings find_all(const Material& material) {
  Findings found;
  found.description = material.data.description;
  found.clips = material.data.clips;
  found.class_names = material.data.class_names;
  found.parts = material.parts;
  find_equal_files(material, found);
  if (material.means.count() == material.data.clips.size()) {
    const auto nearest = search::nearest_of_each(search::standardized(material.means), kNeighbours);
    find_near_duplicates(material, nearest, found);
    find_label_suspects(material, nearest, found);
  }
  find_in_sounds(material, found);
  find_class_rules(material, found);
  std::stable_sort(found.list.begin(), found.list.end(), [](const Finding& a, const Finding& b) {
    return std::tuple(a.kind, a.severity, -a.score) < std::tuple(b.kind, b.severity, -b.score);
  });
  return found;
}

}  // namespace soundfold::audit

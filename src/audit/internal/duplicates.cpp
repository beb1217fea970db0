// SPDX-License-Identifier: Apache-2.0
#include "audit/internal/rules.h"
#include "text/text.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

namespace soundfold::audit {
namespace {

constexpr std::size_t kClipsToMeasure = 30;  // with fewer, the spread is not known
constexpr double kUsualDistance = 0.005;     // then this
constexpr double kLargestDistance = 0.02;
constexpr double kDeviations = 4;

std::string digest_of(const EmbeddedClip& clip) {
  return clip.key.substr(0, clip.key.find('-'));
}

/// Equal recordings in two parts are trained on and tested with; with two labels one is wrong.
Severity severity_of(const Material& material, std::size_t a, std::size_t b) {
  const bool other_part = material.parts[a] != material.parts[b];
  const bool other_label = material.data.clips[a].labels != material.data.clips[b].labels;
  return other_part || other_label ? Severity::error : Severity::warning;
}

std::string what_follows(const Material& material, std::size_t a, std::size_t b) {
  if (material.data.clips[a].labels != material.data.clips[b].labels) return ", but have different labels";
  return material.parts[a] != material.parts[b] ? ", but are in different parts" : "";
}

/// The second as a clip of the first one's recording, which then stays in one part.
std::string joined_row(const Material& material, std::size_t first, std::size_t second) {
  auto clip = material.data.clips[second];
  clip.source = material.data.clips[first].source;
  clip.fold = material.data.clips[first].fold;
  return manifest_row(material.data, clip);
}

/// The distance (1 - cosine) below which two clips are the same recording: the usual distances to the nearest clip of
/// another recording are about log-normal; four deviations below their median there is one in 30,000.
double duplicate_distance(std::vector<double> distances) {
  if (distances.size() < kClipsToMeasure) return kUsualDistance;
  for (auto& value : distances) value = std::log(std::max(value, 1e-9));
  const auto median = [](std::vector<double>& values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
  };
  const double centre = median(distances);
  for (auto& value : distances) value = std::abs(value - centre);
  const double deviation = 1.4826 * median(distances);  // of a normal distribution
  return std::min(kLargestDistance, std::exp(centre - kDeviations * deviation));
}

}  // namespace

void find_equal_files(const Material& material, Findings& found) {
  std::map<std::string, std::vector<std::size_t>> groups;
  for (std::size_t i = 0; i < material.embedded.size(); ++i) {
    const auto& clip = material.embedded[i];
    const auto& read = material.facts.empty() ? std::string() : material.facts[i].problem;
    const auto& problem = clip.problem.empty() ? read : clip.problem;
    if (!problem.empty()) {
      found.list.push_back({Kind::unreadable, Severity::error, {i}, 0, problem, "data: {on_bad_clip: skip}"});
    }
    if (!clip.key.empty()) groups[digest_of(clip)].push_back(i);
  }
  for (const auto& [digest, clips] : groups) {
    for (std::size_t k = 1; k < clips.size(); ++k) {
      const auto first = clips.front(), second = clips[k];
      found.list.push_back({Kind::equal_bytes,
                            severity_of(material, first, second),
                            {first, second},
                            1,
                            clip_text(material, first) + " and " + clip_text(material, second) +
                                " are the same file, byte for byte" + what_follows(material, first, second),
                            joined_row(material, first, second)});
    }
  }
}

void find_near_duplicates(const Material& material, const Neighbours& nearest, Findings& found) {
  const auto& clips = material.data.clips;
  std::map<std::pair<std::size_t, std::size_t>, double> pairs;
  std::vector<double> distances;
  for (std::size_t i = 0; i < nearest.size(); ++i) {
    if (!has_embedding(material, i)) continue;
    bool is_first = true;
    for (const auto& [j, cosine] : nearest[i]) {
      // One recording's clips may be alike, and equal bytes are another finding.
      const bool same_place = clips[i].source == clips[j].source && clips[i].labels == clips[j].labels &&
                              material.parts[i] == material.parts[j];
      if (!has_embedding(material, j) || same_place) continue;
      const double distance = 1 - static_cast<double>(cosine);
      if (digest_of(material.embedded[i]) != digest_of(material.embedded[j])) {
        pairs[std::minmax(i, j)] = distance;
        if (is_first) distances.push_back(distance);
        is_first = false;
      }
    }
  }
  const double most = duplicate_distance(distances);
  std::size_t count = 0;
  for (const auto& [pair, distance] : pairs) {
    if (distance >= most) continue;
    ++count;
    const auto [a, b] = pair;
    found.list.push_back({Kind::near_duplicate,
                          severity_of(material, a, b),
                          {a, b},
                          1 - distance,
                          clip_text(material, a) + " and " + clip_text(material, b) + " sound the same (cosine " +
                              fixed(1 - distance, 4) + ")" + what_follows(material, a, b),
                          joined_row(material, a, b)});
  }
  if (count > 0) found.notes.push_back("near duplicates: cosine above " + fixed(1 - most, 4));
}

}  // namespace soundfold::audit

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
constexpr double kRatio = 0.45;    // of a pair's distance to the next recording's
constexpr double kFarthest = 0.2;  // of such a pair

/// Equal recordings in two parts are trained on and tested with; with two labels one is wrong.
Severity severity_of(const Material& material, std::size_t a, std::size_t b) {
  const bool other_part = material.parts[a] != material.parts[b];
  const bool other_label = material.data.clips[a].labels != material.data.clips[b].labels;
  return other_part || other_label ? Severity::error : Severity::warning;
}

std::string unreadable_fix(const Material& material, std::size_t clip) {
  if (!material.in_class_folders) return "data: {on_bad_clip: skip}";
  return "replace or delete " + shown(material.data.clips[clip].id);
}

std::string what_follows(const Material& material, std::size_t a, std::size_t b) {
  if (material.data.clips[a].labels != material.data.clips[b].labels) return ", but have different labels";
  return material.parts[a] != material.parts[b] ? ", but are in different parts" : "";
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

using Pair = std::pair<std::size_t, std::size_t>;

double distance_of(const search::Neighbour& near) {
  return 1 - static_cast<double>(near.cosine);
}

/// One recording's clips may be alike, and equal bytes are another finding.
bool may_be_duplicates(const Material& material, std::size_t a, std::size_t b) {
  if (!has_embedding(material, a) || !has_embedding(material, b)) return false;
  const auto& one = material.data.clips[a];
  const auto& other = material.data.clips[b];
  const bool same_place =
      one.source == other.source && one.labels == other.labels && material.parts[a] == material.parts[b];
  return !same_place && digest_of(material.embedded[a]) != digest_of(material.embedded[b]);
}

bool same_recording(const Material& material, std::size_t a, std::size_t b) {
  return material.data.clips[a].source == material.data.clips[b].source ||
         digest_of(material.embedded[a]) == digest_of(material.embedded[b]);
}

/// The smaller of the distances from `a` and from `b` to a clip of a third recording; as far as neighbours are known.
double next_distance(const Material& material, const Neighbours& nearest, std::size_t a, std::size_t b) {
  double least = 2;
  for (const auto clip : {a, b}) {
    const auto next = std::find_if(nearest[clip].begin(), nearest[clip].end(), [&](const auto& near) {
      return has_embedding(material, near.index) && !same_recording(material, a, near.index) &&
             !same_recording(material, b, near.index);
    });
    // Where all neighbours are of these two, the next is at least as far as the last of them.
    least = std::min(least, distance_of(next == nearest[clip].end() ? nearest[clip].back() : *next));
  }
  return least;
}

}  // namespace

std::string digest_of(const EmbeddedClip& clip) {
  return clip.file_digest.empty() ? clip.key.substr(0, clip.key.find('-')) : clip.file_digest;
}

void find_equal_files(const Material& material, Findings& found) {
  std::map<std::string, std::vector<std::size_t>> groups;
  std::set<std::string> files;  // of which there are stretches: those of one file are no copies of it
  for (std::size_t i = 0; i < material.embedded.size(); ++i) {
    const auto& clip = material.embedded[i];
    const auto& read = material.facts.empty() ? std::string() : material.facts[i].problem;
    const auto& problem = clip.problem.empty() ? read : clip.problem;
    if (!problem.empty()) {
      found.list.push_back({Kind::unreadable, Severity::error, {i}, 0, problem, unreadable_fix(material, i)});
    }
    const auto& own = material.data.clips[i];
    const bool is_first = !own.stretch || files.insert(own.path.string()).second;
    if (!clip.key.empty() && is_first) groups[digest_of(clip)].push_back(i);
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
                            copy_fix(material, first, second)});
    }
  }
}

void find_near_duplicates(const Material& material, const Neighbours& nearest, Findings& found) {
  std::map<Pair, double> pairs;
  std::vector<double> distances;
  for (std::size_t i = 0; i < nearest.size(); ++i) {
    bool is_first = true;
    for (const auto& near : nearest[i]) {
      if (!may_be_duplicates(material, i, near.index)) continue;
      pairs[std::minmax(i, near.index)] = distance_of(near);
      if (is_first) distances.push_back(distance_of(near));
      is_first = false;
    }
  }
  const bool usual_is_known = distances.size() >= kClipsToMeasure;
  const double most = duplicate_distance(std::move(distances));
  std::size_t count = 0;
  for (const auto& [pair, distance] : pairs) {
    const auto [a, b] = pair;
    const bool near = distance < most;
    const double ratio = near || !usual_is_known ? 1 : distance / next_distance(material, nearest, a, b);
    if (!near && (ratio > kRatio || distance > kFarthest)) continue;
    count += near ? 1 : 0;
    const auto names = clip_text(material, a) + " and " + clip_text(material, b);
    const auto cosine = "(cosine " + fixed(1 - distance, 4);
    found.list.push_back({Kind::near_duplicate,
                          near ? severity_of(material, a, b) : Severity::warning,
                          {a, b},
                          near ? 1 - distance : 1 - ratio,
                          near ? names + " sound the same " + cosine + ")" + what_follows(material, a, b)
                               : names + " may be one recording " + cosine + ", of the next recording " +
                                     fixed(1 - distance / ratio, 4) + ")" + what_follows(material, a, b),
                          duplicate_fix(material, a, b)});
  }
  if (count > 0) found.notes.push_back("near duplicates: cosine above " + fixed(1 - most, 4));
}

}  // namespace soundfold::audit

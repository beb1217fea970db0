// SPDX-License-Identifier: Apache-2.0
#include "run_report/internal/shown_clips.h"

#include "text/text.h"

#include <algorithm>
#include <map>
#include <set>

namespace soundfold::run_report {
namespace {

using ClipIndices = std::vector<std::size_t>;

std::int64_t first_label(const ReportClip& clip) {
  return clip.truth.empty() ? -1 : clip.truth.front();
}

/// Those whose sound no earlier one and nothing in `taken` has; adds them to `taken`.
ClipIndices first_of_each_sound(const ReportInput& input, const ClipIndices& clips, std::set<std::size_t>& taken) {
  ClipIndices chosen;
  for (const auto i : clips) {
    if (taken.insert(input.clips[i].sound).second) chosen.push_back(i);
  }
  return chosen;
}

/// The first `most` of `ordered`, or where it has more: the first of each class, then the second of each, and so on, in
/// the order of `ordered`.
ClipIndices spread_over_classes(const ReportInput& input, const ClipIndices& ordered, std::size_t most) {
  if (ordered.size() <= most) return ordered;
  std::map<std::int64_t, std::size_t> seen;
  std::vector<std::pair<std::size_t, std::size_t>> by_rank;  // rank in its class, place in `ordered`
  for (std::size_t place = 0; place < ordered.size(); ++place) {
    by_rank.emplace_back(seen[first_label(input.clips[ordered[place]])]++, place);
  }
  std::sort(by_rank.begin(), by_rank.end());
  by_rank.resize(most);
  std::sort(by_rank.begin(), by_rank.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  ClipIndices chosen;
  for (const auto& entry : by_rank) chosen.push_back(ordered[entry.second]);
  return chosen;
}

/// Two of each class, classes in turn.
ClipIndices two_of_each_class(const ReportInput& input, const ClipIndices& clips, std::size_t most) {
  std::map<std::int64_t, int> of_class;
  ClipIndices chosen;
  for (const auto i : clips) {
    if (chosen.size() < most && ++of_class[first_label(input.clips[i])] <= 2) chosen.push_back(i);
  }
  std::stable_sort(chosen.begin(), chosen.end(),
                   [&](std::size_t a, std::size_t b) { return input.clips[a].truth < input.clips[b].truth; });
  return chosen;
}

}  // namespace

bool is_right(const ReportClip& clip) {
  return clip.truth == clip.predicted;
}

double confidence(const ReportInput& input, const ReportClip& clip) {
  if (!input.multi_label) return clip.probabilities[static_cast<std::size_t>(clip.predicted.front())];
  const bool right = is_right(clip);
  double result = right ? 1 : 0;
  for (std::size_t k = 0; k < clip.probabilities.size(); ++k) {
    const auto label = static_cast<std::int64_t>(k);
    const bool given = evaluation::has_label(clip.predicted, label), wanted = evaluation::has_label(clip.truth, label);
    const double sure = given ? clip.probabilities[k] : 1 - clip.probabilities[k];
    if (right) result = std::min(result, sure);
    if (!right && given != wanted) result = std::max(result, sure);
  }
  return result;
}

std::string label_text(const ReportInput& input, const std::vector<std::int64_t>& labels) {
  std::vector<std::string> names;
  for (const auto k : labels) names.push_back(input.class_names[static_cast<std::size_t>(k)]);
  return names.empty() ? "(none)" : join(names, "; ");
}

ShownClips shown_clips(const ReportInput& input, const ReportOptions& options) {
  std::vector<double> sure;
  ClipIndices wrong, right;
  for (std::size_t i = 0; i < input.clips.size(); ++i) {
    sure.push_back(confidence(input, input.clips[i]));
    (is_right(input.clips[i]) ? right : wrong).push_back(i);
  }
  const auto surest_first = [&](std::size_t a, std::size_t b) { return sure[a] > sure[b]; };
  std::stable_sort(wrong.begin(), wrong.end(), surest_first);
  std::stable_sort(right.begin(), right.end(), surest_first);
  ShownClips shown;
  std::set<std::size_t> taken;
  shown.wrong_answers = wrong.size();
  wrong = first_of_each_sound(input, wrong, taken);
  shown.wrong_sounds = wrong.size();
  shown.mistakes = spread_over_classes(input, wrong, options.most_mistakes);
  // Not more than half of the right ones count as unsure. With several seeds a sound may be surely right in one.
  std::reverse(right.begin(), right.end());
  right = first_of_each_sound(input, right, taken);
  const auto unsure = static_cast<std::ptrdiff_t>(std::min(options.most_unsure, right.size() / 2));
  shown.unsure.assign(right.begin(), right.begin() + unsure);
  right.erase(right.begin(), right.begin() + unsure);
  std::reverse(right.begin(), right.end());
  shown.right = two_of_each_class(input, right, options.most_right);
  return shown;
}

}  // namespace soundfold::run_report

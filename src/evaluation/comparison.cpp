// SPDX-License-Identifier: Apache-2.0
#include "evaluation/comparison.h"

#include "support/errors.h"
#include "text/text.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iterator>
#include <utility>

namespace soundfold::evaluation {
namespace {

std::vector<std::string> ids_of(const SavedPredictions& run) {
  std::vector<std::string> ids;
  for (const auto& clip : run.clips) ids.push_back(clip.clip);
  return ids;
}

void check_same_clips(const SavedPredictions& a, const SavedPredictions& b) {
  const auto first = ids_of(a), second = ids_of(b);
  if (first != second) {
    std::vector<std::string> common, missing;
    std::set_intersection(first.begin(), first.end(), second.begin(), second.end(), std::back_inserter(common));
    std::set_symmetric_difference(first.begin(), first.end(), second.begin(), second.end(),
                                  std::back_inserter(missing));
    throw UsageError("the runs were tested on different clips: " + shown(a.run) + " on " +
                     std::to_string(first.size()) + ", " + shown(b.run) + " on " + std::to_string(second.size()) +
                     ", " + std::to_string(common.size()) + " of them the same; only one has " +
                     shown(missing.front()) + ". Compare runs of one test split or cross-validation");
  }
  for (std::size_t i = 0; i < a.clips.size(); ++i) {
    if (a.clips[i].truth == b.clips[i].truth) continue;
    throw UsageError("the runs have different labels: " + shown(a.clips[i].clip) + " is " + shown(a.clips[i].truth) +
                     " in " + shown(a.run) + " and " + shown(b.clips[i].truth) + " in " + shown(b.run));
  }
}

PairComparison compare_pair(const std::vector<SavedPredictions>& runs, std::size_t first, std::size_t second) {
  PairComparison pair;
  pair.first = first;
  pair.second = second;
  const auto &a = runs[first].clips, &b = runs[second].clips;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i].right() && b[i].right()) ++pair.counts.both;
    if (a[i].right() && !b[i].right()) pair.only_first.push_back(i);
    if (!a[i].right() && b[i].right()) pair.only_second.push_back(i);
    if (!a[i].right() && !b[i].right()) pair.neither.push_back(i);
  }
  auto& counts = pair.counts;
  counts.only_first = static_cast<std::int64_t>(pair.only_first.size());
  counts.only_second = static_cast<std::int64_t>(pair.only_second.size());
  counts.neither = static_cast<std::int64_t>(pair.neither.size());
  pair.difference = static_cast<double>(counts.only_first - counts.only_second) / static_cast<double>(counts.clips());
  pair.interval = bootstrap_difference(counts);
  pair.p = mcnemar_p(counts.only_first, counts.only_second);
  return pair;
}

double accuracy_of_run(const SavedPredictions& run) {
  return static_cast<double>(run.correct()) / static_cast<double>(run.clips.size());
}

/// "0.0215", or "3.1e-05" of small ones.
std::string p_text(double p) {
  char text[32];
  std::snprintf(text, sizeof text, p >= 0.0001 ? "%.4f" : "%.1e", p);
  return text;
}

std::string signed_percent(double share) {
  return (share > 0 ? "+" : "") + fixed(100 * share, 2) + " %";
}

/// Clips of one list, with what each run made of them.
std::string clips_text(const Comparison& comparison, const PairComparison& pair, const std::string& heading,
                       const std::vector<std::size_t>& clips, std::size_t most) {
  if (clips.empty()) return "";
  std::string text = "  " + heading + ": " + std::to_string(clips.size()) + "\n";
  const auto &a = comparison.runs[pair.first].clips, &b = comparison.runs[pair.second].clips;
  for (std::size_t k = 0; k < std::min(most, clips.size()); ++k) {
    const auto i = clips[k];
    text += "    " + shown(a[i].clip) + ": " + shown(a[i].truth) + "; " + shown(a[i].predicted) + " " +
            fixed(a[i].probability, 2) + " | " + shown(b[i].predicted) + " " + fixed(b[i].probability, 2) + "\n";
  }
  if (clips.size() > most) text += "    and " + std::to_string(clips.size() - most) + " more\n";
  return text;
}

std::vector<std::string> ids_at(const SavedPredictions& run, const std::vector<std::size_t>& clips) {
  std::vector<std::string> ids;
  for (const auto i : clips) ids.push_back(run.clips[i].clip);
  return ids;
}

}  // namespace

Comparison compare_runs(std::vector<SavedPredictions> runs) {
  if (runs.size() < 2) throw UsageError("a comparison needs two runs or more; given: " + std::to_string(runs.size()));
  for (std::size_t i = 1; i < runs.size(); ++i) check_same_clips(runs.front(), runs[i]);
  Comparison comparison;
  for (std::size_t a = 0; a < runs.size(); ++a) {
    for (std::size_t b = a + 1; b < runs.size(); ++b) comparison.pairs.push_back(compare_pair(runs, a, b));
  }
  comparison.runs = std::move(runs);
  return comparison;
}

std::string comparison_text(const Comparison& comparison, std::size_t most_clips) {
  const auto count = comparison.runs.front().clips.size();
  std::string text = std::to_string(count) + " clips\n";
  for (std::size_t i = 0; i < comparison.runs.size(); ++i) {
    const auto& run = comparison.runs[i];
    const auto limits = wilson_interval(static_cast<std::int64_t>(run.correct()), static_cast<std::int64_t>(count));
    text += "  " + std::to_string(i + 1) + "  " + fixed(100 * accuracy_of_run(run), 2) + " % (" +
            std::to_string(run.correct()) + "/" + std::to_string(count) + ", 95 % interval " +
            fixed(100 * limits.low, 2) + " to " + fixed(100 * limits.high, 2) + " %)  " + shown(run.run) +
            (run.times > 1 ? ", mean of " + std::to_string(run.times) + " seeds" : "") + "\n";
  }
  for (const auto& pair : comparison.pairs) {
    const auto first = std::to_string(pair.first + 1), second = std::to_string(pair.second + 1);
    text += "\n" + first + " less " + second + ": " + signed_percent(pair.difference) + ", 95 % interval " +
            signed_percent(pair.interval.low) + " to " + signed_percent(pair.interval.high) +
            " (paired bootstrap); McNemar's p = " + p_text(pair.p) +
            "\n  both right: " + std::to_string(pair.counts.both) + "\n";
    text += clips_text(comparison, pair, "only " + first + " right", pair.only_first, most_clips);
    text += clips_text(comparison, pair, "only " + second + " right", pair.only_second, most_clips);
    text += clips_text(comparison, pair, "neither right", pair.neither, most_clips);
  }
  return text;
}

nlohmann::json comparison_json(const Comparison& comparison) {
  nlohmann::json json = {{"clips", comparison.runs.front().clips.size()},
                         {"runs", nlohmann::json::array()},
                         {"pairs", nlohmann::json::array()}};
  for (const auto& run : comparison.runs) {
    const auto limits =
        wilson_interval(static_cast<std::int64_t>(run.correct()), static_cast<std::int64_t>(run.clips.size()));
    json["runs"].push_back({{"run", run.run},
                            {"correct", run.correct()},
                            {"accuracy", accuracy_of_run(run)},
                            {"interval", {limits.low, limits.high}},
                            {"seeds", run.times}});
  }
  for (const auto& pair : comparison.pairs) {
    const auto& clips = comparison.runs[pair.first];
    json["pairs"].push_back({{"first", comparison.runs[pair.first].run},
                             {"second", comparison.runs[pair.second].run},
                             {"difference", pair.difference},
                             {"interval", {pair.interval.low, pair.interval.high}},
                             {"mcnemar_p", pair.p},
                             {"both_right", pair.counts.both},
                             {"only_first", ids_at(clips, pair.only_first)},
                             {"only_second", ids_at(clips, pair.only_second)},
                             {"neither", ids_at(clips, pair.neither)}});
  }
  return json;
}

}  // namespace soundfold::evaluation

// SPDX-License-Identifier: Apache-2.0
#include "report/compare_page.h"

#include "charts/charts.h"
#include "report/html.h"
#include "report/internal/sound_card.h"
#include "support/files.h"
#include "text/text.h"

#include <algorithm>
#include <cstdio>

namespace soundfold::report {
namespace {

std::string share_text(double share) {
  return fixed(100 * share, 2) + " %";
}

std::string run_table(const evaluation::Comparison& comparison) {
  std::vector<std::vector<std::string>> rows;
  for (std::size_t i = 0; i < comparison.runs.size(); ++i) {
    const auto& run = comparison.runs[i];
    const auto correct = static_cast<std::int64_t>(run.correct()), count = static_cast<std::int64_t>(run.clips.size());
    const double share = static_cast<double>(correct) / static_cast<double>(count);
    const auto limits = evaluation::wilson_interval(correct, count);
    rows.push_back({std::to_string(i + 1), name_html(run.run), std::to_string(correct), share_text(share),
                    charts::share_bar(share), share_text(limits.low) + " to " + share_text(limits.high)});
  }
  return table({"", "run", "right", "accuracy", "", "95 % interval"}, rows);
}

std::string pair_table(const evaluation::Comparison& comparison) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& pair : comparison.pairs) {
    char p[32];
    std::snprintf(p, sizeof p, "%.2g", pair.p);
    rows.push_back({"run " + std::to_string(pair.first + 1) + " less run " + std::to_string(pair.second + 1),
                    share_text(pair.difference),
                    share_text(pair.interval.low) + " to " + share_text(pair.interval.high), p,
                    std::to_string(pair.counts.both), std::to_string(pair.counts.only_first),
                    std::to_string(pair.counts.only_second), std::to_string(pair.counts.neither)});
  }
  return table({"runs", "difference", "95 % interval (paired bootstrap)", "McNemar's p", "both right", "only the first",
                "only the second", "neither"},
               rows);
}

std::string clip_list(const evaluation::Comparison& comparison, const evaluation::PairComparison& pair,
                      const std::vector<std::size_t>& clips, const ComparePage& options, ReportAudio audio) {
  if (clips.empty()) return "";
  const std::size_t given = std::min(options.most_clips, clips.size());
  std::vector<SoundCard> cards;
  for (std::size_t k = 0; k < given; ++k) {
    const auto& a = comparison.runs[pair.first].clips[clips[k]];
    const auto& b = comparison.runs[pair.second].clips[clips[k]];
    SoundCard card{a.clip, "", "", {}};
    card.line = "is <b>" + name_html(a.truth) + "</b>; run " + std::to_string(pair.first + 1) + ": " +
                name_html(a.predicted) + " " + fixed(a.probability, 2) + "; run " + std::to_string(pair.second + 1) +
                ": " + name_html(b.predicted) + " " + fixed(b.probability, 2);
    const std::string file = options.file ? options.file(a.clip) : "";
    if (!file.empty()) card.file = absolute_name(file);
    if (!file.empty() && options.sound) card.sound = [&options, clip = a.clip] { return options.sound(clip); };
    cards.push_back(std::move(card));
  }
  const std::string count = given < clips.size() ? "<p class=\"faint\">The first " + std::to_string(given) + " of " +
                                                       std::to_string(clips.size()) + "</p>\n"
                                                 : "";
  return count + sound_cards(cards, audio);
}

std::string pair_sections(const evaluation::Comparison& comparison, const evaluation::PairComparison& pair,
                          const ComparePage& options, ReportAudio audio) {
  const auto first = std::to_string(pair.first + 1), second = std::to_string(pair.second + 1);
  const std::string id = "pair-" + first + "-" + second;
  const auto part = [&](const std::string& name, const std::string& heading, const std::vector<std::size_t>& clips) {
    return section(id + name, heading, clip_list(comparison, pair, clips, options, audio));
  };
  return part("-first", "Right in run " + first + " alone, wrong in run " + second, pair.only_first) +
         part("-second", "Right in run " + second + " alone, wrong in run " + first, pair.only_second) +
         part("-neither", "Wrong in run " + first + " and in run " + second, pair.neither);
}

}  // namespace

std::string compare_page(const evaluation::Comparison& comparison, const ComparePage& options, ReportAudio audio) {
  std::string body = "<header>\n<h1>Runs compared</h1>\n<p>The same " +
                     std::to_string(comparison.runs.front().clips.size()) +
                     " clips in all of them. McNemar's test and the bootstrap take the clips as independent of each "
                     "other.</p>\n</header>\n<main>\n";
  body += section("runs", "Runs", run_table(comparison)) + section("pairs", "Differences", pair_table(comparison));
  for (const auto& pair : comparison.pairs) body += pair_sections(comparison, pair, options, audio);
  return page("Runs compared", body + "</main>", audio == ReportAudio::link);
}

}  // namespace soundfold::report

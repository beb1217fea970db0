// SPDX-License-Identifier: Apache-2.0
#include "charts/map.h"
#include "charts/score_curve.h"
#include "evaluation/statistics.h"
#include "pictures/svg.h"
#include "report/html.h"
#include "run_report/internal/sections.h"
#include "text/text.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace soundfold::run_report {
namespace {

constexpr std::size_t kScoreGroups = 8;
constexpr double kScoreLimits[] = {0.5, 0.7, 0.8, 0.9, 0.95, 0.99};

/// Scores of the answers, ascending, and which of them are right.
struct ScoredAnswers {
  std::vector<double> scores;
  std::vector<bool> right;
};

ScoredAnswers scored_answers(const ReportInput& input) {
  std::vector<std::pair<double, bool>> answers;
  for (const auto& clip : input.clips) answers.emplace_back(confidence(input, clip), is_right(clip));
  std::sort(answers.begin(), answers.end());
  ScoredAnswers sorted;
  for (const auto& [score, right] : answers) {
    sorted.scores.push_back(score);
    sorted.right.push_back(right);
  }
  return sorted;
}

/// Groups of about equally many neighbouring answers.
std::vector<charts::ScoreGroup> score_groups(const ScoredAnswers& answers) {
  const auto count = answers.scores.size();
  const auto groups = std::clamp<std::size_t>(count / 5, 1, kScoreGroups);
  std::vector<charts::ScoreGroup> result;
  for (std::size_t g = 0; g < groups; ++g) {
    charts::ScoreGroup group;
    for (auto i = g * count / groups; i < (g + 1) * count / groups; ++i) {
      group.mean_score += answers.scores[i];
      group.correct += answers.right[i] ? 1 : 0;
      ++group.count;
    }
    if (group.count == 0) continue;
    group.mean_score /= static_cast<double>(group.count);
    group.interval = evaluation::wilson_interval(group.correct, group.count);
    result.push_back(group);
  }
  return result;
}

/// What is right among the answers of at least some score.
std::string score_table(const ScoredAnswers& answers) {
  std::vector<std::vector<std::string>> rows;
  for (const double limit : kScoreLimits) {
    std::int64_t count = 0, correct = 0;
    for (std::size_t i = 0; i < answers.scores.size(); ++i) {
      if (answers.scores[i] < limit) continue;
      ++count;
      correct += answers.right[i] ? 1 : 0;
    }
    const auto all = static_cast<double>(answers.scores.size());
    rows.push_back({pictures::number(limit), std::to_string(count), report::percent(static_cast<double>(count) / all),
                    count == 0 ? "-" : report::percent(static_cast<double>(correct) / static_cast<double>(count)),
                    std::to_string(count - correct)});
  }
  return report::table({"score at least", "clips", "of all", "of these right", "wrong"}, rows);
}

std::string map_legend(const ReportInput& input, const std::map<std::int64_t, std::size_t>& counts) {
  std::string items;
  for (const auto& [k, count] : counts) {
    const auto number = static_cast<std::size_t>(k);
    items += "<li data-class=\"" + std::to_string(number) +
             "\"><i style=\"background:" + charts::class_colour(number, input.class_names.size()) + "\"></i>" +
             report::name_html(input.class_names[number]) + "</li>";
  }
  return "<ul class=\"legend\" aria-label=\"Classes\">" + items + "</ul>\n";
}

}  // namespace

std::string reliability_part(const ReportInput& input) {
  if (input.clips.empty() || input.multi_label) return "";
  const auto answers = scored_answers(input);
  return "<p>The score is the probability of the class given. On the dashed lines the share of right answers is what "
         "the score says.</p>\n<div class=\"side\"><figure>" +
         charts::reliability_picture(evaluation::reliability_bins(answers.scores, answers.right)) +
         "<figcaption>Reliability, ten bins of equal width</figcaption></figure>\n<figure>" +
         charts::score_curve_picture(score_groups(answers)) +
         "<figcaption>P(correct) by score, groups of equally many clips</figcaption></figure>\n<div>" +
         score_table(answers) + "</div></div>\n";
}

std::string map_part(const ReportInput& input, const SoundShelf& shelf) {
  std::map<std::size_t, bool> wrong;
  for (const auto& clip : input.clips) {
    auto& any = wrong[clip.sound];
    any = any || !is_right(clip);
  }
  std::vector<charts::MapPoint> points;
  std::map<std::int64_t, std::size_t> counts;
  for (std::size_t i = 0; i < input.sounds.size(); ++i) {
    const auto& sound = input.sounds[i];
    if (!std::isfinite(sound.x) || sound.class_number < 0) continue;
    charts::MapPoint point;
    point.x = sound.x;
    point.y = sound.y;
    point.class_number = static_cast<std::size_t>(sound.class_number);
    const auto answer = wrong.find(i);
    point.wrong = answer != wrong.end() && answer->second;
    point.tip = sound.name + ": " + sound.labels + (point.wrong ? ", given another class" : "");
    point.link = shelf.card_link(i);
    if (point.link.empty() && shelf.has(i)) point.link = "#" + SoundShelf::id_of(i);
    point.number = i;
    points.push_back(std::move(point));
    ++counts[sound.class_number];
  }
  const auto picture = charts::map_picture(points, input.class_names);
  if (picture.empty()) return "";
  return "<p>Each point is a clip: its mean embedding, projected on the two directions in which the clips differ most "
         "(PCA). Colour: class; ring: given another class; large: its sound is on this page.</p>\n<div class=\"map\">" +
         report::with_links(picture) +
         "</div>\n<p id=\"point\" aria-live=\"polite\" class=\"faint\">Points name their "
         "clip; a large one leads to it.</p>\n" +
         map_legend(input, counts);
}

}  // namespace soundfold::run_report

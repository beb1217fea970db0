// SPDX-License-Identifier: Apache-2.0
#include "charts/panels.h"
#include "charts/parallel_lines.h"
#include "evaluation/statistics.h"
#include "pictures/svg.h"
#include "report/html.h"
#include "run_report/internal/sections.h"
#include "text/text.h"

#include <algorithm>
#include <cmath>

namespace soundfold::run_report {
namespace {

constexpr std::size_t kMostPanels = 50;
constexpr std::size_t kMostMembers = 200;

std::string side_by_side(const std::vector<std::string>& pictures_of) {
  std::string html;
  for (const auto& picture : pictures_of) html += "<div>" + picture + "</div>\n";
  return html.empty() ? "" : "<div class=\"multiples\">\n" + html + "</div>\n";
}

constexpr const char* kLines =
    "<p class=\"faint\">Blue: training; orange: validation; dashed: the best epoch; dotted: where training "
    "was stopped early.</p>\n";

/// The loss of each round, side by side.
std::string round_panels(const ReportInput& input) {
  std::vector<charts::Panel> panels;
  for (const auto& round : input.rounds) {
    if (round.epochs.empty() || panels.size() == kMostPanels) continue;
    charts::Panel panel;
    panel.title = round.name;
    panel.value_label = "loss in nats";
    for (const auto& epoch : round.epochs) {
      panel.training.emplace_back(static_cast<double>(epoch.epoch), epoch.loss);
      panel.validation.emplace_back(static_cast<double>(epoch.epoch), epoch.validation_loss);
    }
    panel.best_epoch = static_cast<double>(round.best_epoch);
    panel.stop_epoch = static_cast<double>(round.stop_epoch);
    panels.push_back(std::move(panel));
  }
  return side_by_side(charts::panel_pictures(panels, /*same_values=*/true));
}

std::string measure_panels(const ReportInput& input) {
  std::vector<charts::Panel> panels;
  for (const auto& measure : input.measures) {
    panels.push_back({measure.name, measure.name, measure.training, measure.held_out, 0, 0});
  }
  return side_by_side(charts::panel_pictures(panels, /*same_values=*/false));
}

std::string one_curve(const ReportRound& round) {
  const auto picture = charts::curves_picture(round.epochs, round.best_epoch);
  if (picture.empty()) return "";
  const auto last = round.epochs.back().epoch;
  return "<p class=\"faint\">" + std::to_string(last) + (last == 1 ? " epoch" : " epochs") +
         (round.stop_epoch > 0 ? ", stopped early after epoch " + std::to_string(round.stop_epoch) : "") + ".</p>\n" +
         picture;
}

}  // namespace

std::string curves_part(const ReportInput& input) {
  if (!input.measures.empty()) {
    return "<p class=\"faint\">Blue: training; orange: held-out sounds.</p>\n" + measure_panels(input);
  }
  if (input.rounds.size() == 1) return one_curve(input.rounds.front());
  const auto panels = round_panels(input);
  return panels.empty() ? "" : kLines + panels;
}

std::string rounds_part(const ReportInput& input) {
  if (input.rounds.size() < 2) return "";
  std::vector<std::vector<std::string>> rows;
  for (const auto& round : input.rounds) {
    const auto limits = evaluation::wilson_interval(round.correct, round.clips);
    const double share =
        static_cast<double>(round.correct) / static_cast<double>(std::max<std::int64_t>(1, round.clips));
    rows.push_back({report::name_html(round.name), std::to_string(round.correct), std::to_string(round.clips),
                    report::percent(share), charts::share_bar(share),
                    report::percent(limits.low) + " to " + report::percent(limits.high),
                    round.epochs.empty() ? "-" : std::to_string(round.epochs.back().epoch),
                    round.best_epoch > 0 ? std::to_string(round.best_epoch) : "-"});
  }
  std::string html =
      report::table({"round", "right", "clips", "accuracy", "", "95 % interval", "epochs", "best epoch"}, rows, true);
  for (const auto& [name, value] : input.round_summary) {
    html += "<p>" + pictures::escaped(name) + ": " + pictures::escaped(value) + "</p>\n";
  }
  return html;
}

std::string sweep_part(const ReportInput& input) {
  const auto& sweep = input.sweep;
  if (sweep.members.empty()) return "";
  std::vector<charts::ParallelLine> lines;
  std::vector<std::vector<std::string>> rows;
  for (std::size_t i = 0; i < std::min(kMostMembers, sweep.members.size()); ++i) {
    const auto& member = sweep.members[i];
    lines.push_back(
        {"member " + member.name + ": " + join(member.settings) + "; " + sweep.metric + " " + fixed(member.value, 4),
         member.settings, member.value, i == 0});
    rows.push_back({std::to_string(i + 1), report::name_html(member.name)});
    for (const auto& setting : member.settings) rows.back().push_back(report::name_html(setting));
    rows.back().push_back(fixed(member.value, 4));
    rows.back().push_back(report::name_html(member.problem));
  }
  std::vector<std::string> header = {"rank", "member"};
  for (const auto& key : sweep.keys) header.push_back(pictures::escaped(key));
  header.push_back(pictures::escaped(sweep.metric));
  header.push_back("problem");
  const std::string left_out = sweep.members.size() > kMostMembers
                                   ? "<p class=\"faint\">The best " + std::to_string(kMostMembers) + " of " +
                                         std::to_string(sweep.members.size()) + "; all are in sweep.csv.</p>\n"
                                   : "";
  return "<p>Each line is a member of the sweep; the bold one was chosen, trained again and tested.</p>\n" + left_out +
         "<div class=\"wide\" tabindex=\"0\">" + charts::parallel_lines_picture(sweep.keys, sweep.metric, lines) +
         "</div>\n<details><summary>Members, best first</summary>\n" + report::table(header, rows, true) +
         "</details>\n";
}

}  // namespace soundfold::run_report

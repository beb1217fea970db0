// SPDX-License-Identifier: Apache-2.0
#include "report/html.h"
#include "run_report/internal/sections.h"
#include "text/text.h"

#include <algorithm>
#include <map>
#include <tuple>

namespace soundfold::run_report {
namespace {

/// Clips named for one cell; of more their number.
constexpr std::size_t kMostNamedInCell = 40;

/// Truth and class given.
using Cell = std::pair<std::size_t, std::size_t>;

std::string cell_id(const Cell& cell) {
  return "cell-" + std::to_string(cell.first) + "-" + std::to_string(cell.second);
}

std::map<Cell, std::vector<std::size_t>> clips_of_cells(const ReportInput& input) {
  std::map<Cell, std::vector<std::size_t>> cells;
  for (std::size_t i = 0; i < input.clips.size(); ++i) {
    const auto& clip = input.clips[i];
    cells[{static_cast<std::size_t>(clip.truth.front()), static_cast<std::size_t>(clip.predicted.front())}].push_back(
        i);
  }
  return cells;
}

std::string named_clips(const ReportInput& input, const SoundShelf& shelf, const std::vector<std::size_t>& clips) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < std::min(clips.size(), kMostNamedInCell); ++i) {
    const auto& clip = input.clips[clips[i]];
    names.push_back(shelf.mention(clip.sound) + (clip.round.empty() ? "" : " (" + report::name_html(clip.round) + ")"));
  }
  if (clips.size() > kMostNamedInCell)
    names.push_back("and " + std::to_string(clips.size() - kMostNamedInCell) + " more");
  return join(names);
}

/// One row for each cell on the diagonal, or for each beside it: most clips first.
std::string cell_table(const ReportInput& input, const SoundShelf& shelf, bool right) {
  std::vector<std::tuple<std::int64_t, Cell, const std::vector<std::size_t>*>> order;
  const auto cells = clips_of_cells(input);
  for (const auto& [cell, clips] : cells) {
    if ((cell.first == cell.second) == right)
      order.emplace_back(-static_cast<std::int64_t>(clips.size()), cell, &clips);
  }
  if (order.empty()) return "";
  std::sort(order.begin(), order.end());
  std::string html =
      "<div class=\"wide\" tabindex=\"0\"><table><thead><tr><th scope=\"col\">is</th>"
      "<th scope=\"col\">given as</th><th scope=\"col\">clips</th><th scope=\"col\">which</th></tr></thead>\n<tbody>\n";
  for (const auto& [count, cell, clips] : order) {
    html += "<tr id=\"" + cell_id(cell) + "\"><td>" + report::name_html(input.class_names[cell.first]) + "</td><td>" +
            report::name_html(input.class_names[cell.second]) + "</td><td class=\"n\">" + std::to_string(-count) +
            "</td><td>" + named_clips(input, shelf, *clips) + "</td></tr>\n";
  }
  return html + "</tbody></table></div>\n";
}

}  // namespace

std::string confusion_part(const ReportInput& input, const SoundShelf& shelf) {
  if (input.metrics.confusion.empty()) return "";
  const auto link = [](std::size_t truth, std::size_t given) { return "#" + cell_id({truth, given}); };
  const auto wrong = cell_table(input, shelf, false), right = cell_table(input, shelf, true);
  std::string html =
      "<p>Colour: the share of the row. A cell leads to its clips.</p>\n<div class=\"wide\" tabindex=\"0\">" +
      report::with_links(charts::confusion_picture(input.metrics.confusion, input.class_names, link)) + "</div>\n";
  html += wrong.empty()
              ? "<p>No class was given for another.</p>\n"
              : "<details open><summary>Clips given another class, by cell</summary>\n" + wrong + "</details>\n";
  if (!right.empty()) html += "<details><summary>Clips given their class, by cell</summary>\n" + right + "</details>\n";
  return html;
}

}  // namespace soundfold::run_report

// SPDX-License-Identifier: Apache-2.0
#include "pictures/svg.h"
#include "report/html.h"
#include "run_report/internal/clip_cards.h"
#include "run_report/internal/sections.h"
#include "text/text.h"

#include <algorithm>
#include <numeric>

namespace soundfold::run_report {
namespace {

constexpr std::size_t kWeakestShown = 5;

/// Classes that have clips and are not always right, of the lowest recall first.
std::vector<std::size_t> weakest_first(const ReportInput& input) {
  std::vector<std::size_t> weakest;
  const auto& classes = input.metrics.classes;
  for (std::size_t k = 0; k < classes.size(); ++k) {
    if (classes[k].support > classes[k].correct) weakest.push_back(k);
  }
  std::stable_sort(weakest.begin(), weakest.end(),
                   [&](std::size_t a, std::size_t b) { return classes[a].recall < classes[b].recall; });
  weakest.resize(std::min(weakest.size(), kWeakestShown));
  return weakest;
}

/// "vacuum_cleaner 4, engine 3": the classes that clips of class k are given instead, at most four.
std::string given_instead(const ReportInput& input, std::size_t k) {
  const auto& confusion = input.metrics.confusion;
  if (confusion.empty()) return "";
  std::vector<std::size_t> others(confusion.size());
  std::iota(others.begin(), others.end(), std::size_t{0});
  std::stable_sort(others.begin(), others.end(),
                   [&](std::size_t a, std::size_t b) { return confusion[k][a] > confusion[k][b]; });
  std::vector<std::string> parts;
  for (const auto other : others) {
    if (other == k || confusion[k][other] == 0 || parts.size() == 4) continue;
    parts.push_back(report::name_html(input.class_names[other]) + " " + std::to_string(confusion[k][other]));
  }
  return join(parts);
}

std::string matched_text(const BackboneView& view) {
  std::vector<std::string> names;
  for (const auto& name : view.matched) names.push_back(report::name_html(name));
  return join(names);
}

std::string backbone_sentence(const ReportInput& input, std::size_t k) {
  if (input.backbone_views.empty()) return "";
  const auto& view = input.backbone_views[k];
  const auto backbone = pictures::escaped(input.backbone_name);
  std::string text;
  if (!view.by_name) text += " " + backbone + " has no class of this name";
  if (!view.by_name && !view.matched.empty()) text += "; nearest in meaning are " + matched_text(view);
  if (!view.by_name) text += ".";
  if (!view.matched.empty()) {
    text += " By " + matched_text(view) + " alone " + (view.correct > 0 ? std::to_string(view.correct) : "none") +
            " would be right.";
  }
  if (!view.top_scores.empty())
    text += " Over these clips " + backbone + " scores highest: " + scores_html(view.top_scores) + ".";
  return text;
}

}  // namespace

std::string weakest_classes(const ReportInput& input, const ShownClips& shown) {
  std::string items;
  for (const auto k : weakest_first(input)) {
    const auto& metrics = input.metrics.classes[k];
    items += "<li><b>" + report::name_html(metrics.name) + "</b>: " + std::to_string(metrics.correct) + " of " +
             std::to_string(metrics.support) + " right (" + report::percent(metrics.recall) + ")";
    const auto instead = given_instead(input, k);
    items += (instead.empty() ? "." : "; given as " + instead + ".") + backbone_sentence(input, k);
    for (const auto i : shown.mistakes) {
      const auto& clip = input.clips[i];
      if (!evaluation::has_label(clip.truth, static_cast<std::int64_t>(k))) continue;
      items += " Hear one: <a href=\"#clip-" + std::to_string(i) + "\">" +
               report::name_html(input.sounds[clip.sound].name) + "</a>";
      break;
    }
    items += "</li>\n";
  }
  return items.empty() ? "" : "<ul>\n" + items + "</ul>\n";
}

std::string class_table(const ReportInput& input) {
  std::vector<std::string> header = {"class", "clips",     "given", "right", "recall",
                                     "",      "precision", "",      "F1",    "average precision"};
  const bool with_backbone = !input.backbone_views.empty();
  if (with_backbone) {
    header.push_back("right by " + pictures::escaped(input.backbone_name) + " alone");
    header.push_back(pictures::escaped(input.backbone_name) + "'s classes");
  }
  std::vector<std::vector<std::string>> rows;
  for (std::size_t k = 0; k < input.metrics.classes.size(); ++k) {
    const auto& entry = input.metrics.classes[k];
    rows.push_back({report::name_html(entry.name), std::to_string(entry.support), std::to_string(entry.predicted),
                    std::to_string(entry.correct), fixed(entry.recall, 4), charts::share_bar(entry.recall),
                    fixed(entry.precision, 4), charts::share_bar(entry.precision), fixed(entry.f1, 4),
                    fixed(entry.average_precision, 4)});
    if (!with_backbone) continue;
    const auto& view = input.backbone_views[k];
    rows.back().push_back(view.matched.empty() ? "-" : std::to_string(view.correct));
    rows.back().push_back(view.matched.empty() ? "none" : matched_text(view));
  }
  return report::table(header, rows, true);
}

}  // namespace soundfold::run_report

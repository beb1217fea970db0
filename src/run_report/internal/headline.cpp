// SPDX-License-Identifier: Apache-2.0
#include "evaluation/statistics.h"
#include "pictures/svg.h"
#include "report/html.h"
#include "run_report/internal/sections.h"
#include "text/text.h"

namespace soundfold::run_report {
namespace {

using report::percent;

std::string of_clips(std::int64_t correct, std::int64_t clips) {
  return std::to_string(correct) + " of " + std::to_string(clips);
}

double share_of(std::int64_t correct, std::int64_t clips) {
  return clips > 0 ? static_cast<double>(correct) / static_cast<double>(clips) : 0;
}

/// What would be right without this training, the model first.
std::string baseline_table(const ReportInput& input) {
  const auto& metrics = input.metrics;
  std::vector<std::vector<std::string>> rows;
  const auto add = [&](const std::string& what, std::int64_t correct, std::int64_t clips, const std::string& note) {
    const double share = share_of(correct, clips);
    const auto how =
        note.empty() ? "" : "<br><span class=\"faint\">" + note + "</span>";  // fits 390 px, as a column would not
    rows.push_back({what + how, percent(share), charts::share_bar(share), of_clips(correct, clips)});
  };
  add("<b>this model</b>", metrics.correct, metrics.sample_count, "");
  for (const auto& baseline : input.baselines) {
    add(pictures::escaped(baseline.what), baseline.correct, baseline.clips, pictures::escaped(baseline.note));
  }
  const auto largest = evaluation::majority_class(metrics);
  if (largest >= 0 && !input.multi_label) {
    const auto& most = metrics.classes[static_cast<std::size_t>(largest)];
    add("always the largest class", most.support, metrics.sample_count, report::name_html(most.name));
  }
  return rows.size() < 2 ? "" : report::table({"clips right", "accuracy", "", "clips"}, rows);
}

/// Clips that a training has watched flatter it.
constexpr const char* kNoTest =
    "<p><b>No test split: these are the validation clips</b>, by which the training may have chosen its epoch. On new "
    "sounds expect less.</p>\n";

std::string accuracy_lines(const ReportInput& input) {
  const auto& metrics = input.metrics;
  if (metrics.sample_count == 0) return "";
  const auto limits = evaluation::wilson_interval(metrics.correct, metrics.sample_count);
  return "<p class=\"big\">" + percent(metrics.accuracy) + "</p>\n<p>" +
         of_clips(metrics.correct, metrics.sample_count) + (input.shows_validation ? " validation" : "") +
         " clips right" + (input.multi_label ? " (all labels of a clip)" : "") + "; 95 % interval " +
         percent(limits.low) + " to " + percent(limits.high) + " (Wilson)</p>\n" +
         (input.shows_validation ? kNoTest : "");
}

std::string metric_line(const evaluation::Metrics& metrics) {
  if (metrics.sample_count == 0) return "";
  return "<p>Loss " + fixed(metrics.loss, 4) + " nats, macro F1 " + fixed(metrics.macro_f1, 4) +
         ", mean average precision " + fixed(metrics.mean_average_precision, 4) + ", mean ROC AUC " +
         fixed(metrics.mean_roc_auc, 4) + ", calibration error " + fixed(metrics.calibration_error, 4) + "</p>\n";
}

}  // namespace

std::string headline(const ReportInput& input) {
  std::string html = "<h1>" + report::name_html(input.title) + "</h1>\n" + accuracy_lines(input);
  html += "<p>" + pictures::escaped(input.protocol) + "</p>\n";
  for (const auto& note : input.notes) html += "<p class=\"faint\">" + pictures::escaped(note) + "</p>\n";
  std::vector<std::vector<std::string>> rows;
  for (const auto& [name, value] : input.outcome) rows.push_back({pictures::escaped(name), report::name_html(value)});
  if (!rows.empty()) html += report::table({"what", "value"}, rows);
  if (input.metrics.sample_count > 0) html += baseline_table(input);
  return "<header>\n" + html + metric_line(input.metrics) + "</header>\n";
}

}  // namespace soundfold::run_report

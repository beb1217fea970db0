// SPDX-License-Identifier: Apache-2.0
#include "report/run_report.h"

#include "evaluation/statistics.h"
#include "pictures/charts.h"
#include "pictures/svg.h"
#include "report/html.h"
#include "report/internal/clip_cards.h"
#include "support/errors.h"
#include "text/text.h"

#include <algorithm>
#include <map>
#include <tuple>

namespace soundfold::report {
namespace {

constexpr std::size_t kMostPairs = 20;

void check_labels(const std::vector<std::int64_t>& labels, std::size_t class_count) {
  for (const auto k : labels) {
    if (k < 0 || static_cast<std::size_t>(k) >= class_count) {
      throw UsageError("report: label " + std::to_string(k) + " of " + std::to_string(class_count) + " classes");
    }
  }
}

void check_input(const ReportInput& input) {
  const std::size_t classes = input.class_names.size();
  if (input.metrics.classes.size() != classes ||
      input.metrics.sample_count != static_cast<std::int64_t>(input.clips.size())) {
    throw UsageError("report: the metrics are not those of the clips");
  }
  for (const auto& clip : input.clips) {
    check_labels(clip.truth, classes);
    check_labels(clip.predicted, classes);
    const bool one_each = clip.truth.size() == 1 && clip.predicted.size() == 1;
    if (clip.probabilities.size() != classes || (!input.multi_label && !one_each)) {
      throw UsageError("report: a clip does not have a probability for each class, or not one label");
    }
    for (const auto& window : clip.windows) {
      if (window.size() != classes) throw UsageError("report: a window does not have a probability for each class");
    }
  }
}

/// "93.75 %".
std::string percent(double share) {
  return fixed(100 * share, 2) + " %";
}

std::string headline(const ReportInput& input) {
  const auto& metrics = input.metrics;
  const auto limits = evaluation::wilson_interval(metrics.correct, metrics.sample_count);
  std::string html =
      "<h1>" + name_html(input.title) + "</h1>\n<p class=\"big\">" + percent(metrics.accuracy) + "</p>\n<p>";
  html += std::to_string(metrics.correct) + " of " + std::to_string(metrics.sample_count) + " clips right" +
          (input.multi_label ? " (all labels of a clip)" : "") + "; 95 % interval " + percent(limits.low) + " to " +
          percent(limits.high) + " (Wilson)</p>\n";
  const auto largest = evaluation::majority_class(metrics);
  if (!input.multi_label && largest >= 0 && metrics.sample_count > 0) {
    const auto& most = metrics.classes[static_cast<std::size_t>(largest)];
    html += "<p>Always answering " + name_html(most.name) + ", the class with the most clips, would give " +
            percent(static_cast<double>(most.support) / static_cast<double>(metrics.sample_count)) + "</p>\n";
  }
  html += "<p>" + pictures::escaped(input.protocol) + "</p>\n";
  for (const auto& note : input.notes) html += "<p class=\"faint\">" + pictures::escaped(note) + "</p>\n";
  html += "<p>Loss " + fixed(metrics.loss, 4) + " nats, macro F1 " + fixed(metrics.macro_f1, 4) +
          ", mean average precision " + fixed(metrics.mean_average_precision, 4) + ", mean ROC AUC " +
          fixed(metrics.mean_roc_auc, 4) + ", calibration error " + fixed(metrics.calibration_error, 4) + "</p>\n";
  return "<header>\n" + html + "</header>\n";
}

std::string class_table(const ReportInput& input) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& entry : input.metrics.classes) {
    rows.push_back({name_html(entry.name), std::to_string(entry.support), std::to_string(entry.predicted),
                    std::to_string(entry.correct), fixed(entry.recall, 4), pictures::share_bar(entry.recall),
                    fixed(entry.precision, 4), pictures::share_bar(entry.precision), fixed(entry.f1, 4),
                    fixed(entry.average_precision, 4)});
  }
  return table({"class", "clips", "given", "right", "recall", "", "precision", "", "F1", "average precision"}, rows,
               true);
}

/// The most frequent confusions as a table: what a matrix of many classes hides.
std::string confused_pairs(const ReportInput& input) {
  std::vector<std::tuple<std::int64_t, std::size_t, std::size_t>> pairs;
  const auto& confusion = input.metrics.confusion;
  for (std::size_t row = 0; row < confusion.size(); ++row) {
    for (std::size_t column = 0; column < confusion.size(); ++column) {
      if (row != column && confusion[row][column] > 0) pairs.emplace_back(-confusion[row][column], row, column);
    }
  }
  std::sort(pairs.begin(), pairs.end());
  if (pairs.empty()) return "<p>No class was given for another.</p>\n";
  std::vector<std::vector<std::string>> rows;
  for (std::size_t i = 0; i < std::min(kMostPairs, pairs.size()); ++i) {
    const auto& [count, truth, given] = pairs[i];
    rows.push_back({name_html(input.class_names[truth]), name_html(input.class_names[given]), std::to_string(-count)});
  }
  const std::string left_out = pairs.size() > kMostPairs
                                   ? "<p class=\"faint\">The " + std::to_string(kMostPairs) + " most frequent of " +
                                         std::to_string(pairs.size()) + " pairs</p>\n"
                                   : "";
  return table({"is", "given as", "clips"}, rows) + left_out;
}

std::string confusion_part(const ReportInput& input, const ShownClips& shown) {
  if (input.metrics.confusion.empty()) return "";
  // A cell leads to the first card of its clips.
  std::map<std::pair<std::int64_t, std::int64_t>, std::size_t> cards;
  for (const auto* list : {&shown.mistakes, &shown.right, &shown.unsure}) {
    for (const auto i : *list)
      cards.emplace(std::pair(input.clips[i].truth.front(), input.clips[i].predicted.front()), i);
  }
  const auto link = [&](std::size_t truth, std::size_t given) {
    const auto card = cards.find({static_cast<std::int64_t>(truth), static_cast<std::int64_t>(given)});
    return card == cards.end() ? std::string() : "#clip-" + std::to_string(card->second);
  };
  return "<div class=\"wide\" tabindex=\"0\">" +
         pictures::confusion_picture(input.metrics.confusion, input.class_names, link) + "</div>\n" +
         confused_pairs(input);
}

std::string mistakes_part(const ReportInput& input, const ReportOptions& options, const ShownClips& shown) {
  if (shown.all_mistakes == 0) return "<p>Every clip was answered right.</p>\n";
  const std::string count =
      shown.mistakes.size() == shown.all_mistakes
          ? "All " + std::to_string(shown.all_mistakes)
          : "The worst " + std::to_string(shown.mistakes.size()) + " of " + std::to_string(shown.all_mistakes);
  return "<p>" + count + ", the surest first</p>\n" + clip_cards(input, options, shown.mistakes);
}

std::string reliability_part(const ReportInput& input) {
  if (input.clips.empty() || input.multi_label) return "";
  std::vector<double> confidences;
  std::vector<bool> correct;
  for (const auto& clip : input.clips) {
    confidences.push_back(confidence(input, clip));
    correct.push_back(clip.truth == clip.predicted);
  }
  return "<p>Bars on the dashed line: of clips given a class with a probability, that share is right.</p>\n" +
         pictures::reliability_picture(evaluation::reliability_bins(confidences, correct));
}

std::string fold_table(const ReportInput& input) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& fold : input.folds) {
    const auto limits = evaluation::wilson_interval(fold.correct, fold.clips);
    const double share = static_cast<double>(fold.correct) / static_cast<double>(std::max<std::int64_t>(1, fold.clips));
    rows.push_back({name_html(fold.name), std::to_string(fold.correct), std::to_string(fold.clips), percent(share),
                    pictures::share_bar(share), percent(limits.low) + " to " + percent(limits.high)});
  }
  return rows.empty() ? "" : table({"fold", "right", "clips", "accuracy", "", "95 % interval"}, rows);
}

std::string facts_part(const ReportInput& input) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& [name, value] : input.facts)
    rows.push_back({pictures::escaped(name), "<code>" + name_html(value) + "</code>"});
  std::string html = rows.empty() ? "" : table({"what", "value"}, rows);
  if (input.configuration.empty()) return html;
  // Line by line: what is escaped has no line breaks.
  std::string lines;
  for (std::size_t from = 0; from < input.configuration.size();) {
    const auto end = std::min(input.configuration.find('\n', from), input.configuration.size());
    lines += pictures::escaped(input.configuration.substr(from, end - from)) + "\n";
    from = end + 1;
  }
  return html + "<details open><summary>Configuration</summary><pre tabindex=\"0\">" + lines + "</pre></details>\n";
}

}  // namespace

ReportAudio audio_named(const std::string& name) {
  if (name == "embed") return ReportAudio::embed;
  if (name == "link") return ReportAudio::link;
  if (name == "none") return ReportAudio::none;
  throw UsageError("report: sounds are embed, link or none; given: " + shown(name));
}

std::string run_report(const ReportInput& input, const ReportOptions& options) {
  check_input(input);
  const auto shown = shown_clips(input, options);
  std::string body = headline(input);
  body += "<main>\n" + section("classes", "Classes", class_table(input));
  body += section("confusion", "Confusion", confusion_part(input, shown));
  body += section("mistakes", "Mistakes", mistakes_part(input, options, shown));
  body += section("unsure", "Right, but the least sure", clip_cards(input, options, shown.unsure));
  body += section("right", "Right ones of each class", clip_cards(input, options, shown.right));
  body += section("reliability", "Reliability", reliability_part(input));
  body += section("curves", "Learning curves", pictures::curves_picture(input.epochs, input.best_epoch));
  body += section("folds", "Folds", fold_table(input));
  body += section("origin", "Configuration and digests", facts_part(input));
  return page(input.title, body + "</main>", options.audio == ReportAudio::link);
}

}  // namespace soundfold::report

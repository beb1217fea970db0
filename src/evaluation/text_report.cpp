// SPDX-License-Identifier: Apache-2.0
#include "evaluation/text_report.h"

#include "evaluation/report.h"
#include "evaluation/statistics.h"
#include "text/text.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace soundfold::evaluation {
namespace {

constexpr std::size_t kLineWidth = 100;
constexpr std::size_t kMatrixClasses = 20;  // a larger confusion matrix does not fit a terminal
constexpr std::size_t kConfusedPairs = 10;

bool continues_character(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U;
}

/// Characters (code points) of UTF-8 text.
std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char byte) { return !continues_character(byte); }));
}

/// At most `width` columns of `text`, cut at a character with "…" at the end.
std::string cut(const std::string& text, std::size_t width) {
  if (width_of(text) <= width) return text;
  std::size_t bytes = 0, characters = 0;
  for (; bytes < text.size(); ++bytes) {
    if (!continues_character(text[bytes]) && characters++ == width - 1) break;
  }
  return text.substr(0, bytes) + "…";
}

/// `text` in exactly `width` columns: filled with blanks, or cut.
std::string left(const std::string& text, std::size_t width) {
  const std::string shown = cut(text, width);
  return shown + std::string(width - width_of(shown), ' ');
}

std::string right(const std::string& text, std::size_t width) {
  const std::size_t length = width_of(text);
  return length < width ? std::string(width - length, ' ') + text : text;
}

std::string percent_with_counts(const Metrics& m) {
  return fixed(100 * m.accuracy, 2) + " % (" + std::to_string(m.correct) + "/" + std::to_string(m.sample_count) + ")";
}

std::string summary_line(const std::string& level, const Metrics& m) {
  return left(level, 8) + right(percent_with_counts(m), 26) + right(fixed(m.loss, 4), 10) +
         right(fixed(m.macro_f1, 3), 11) + right(fixed(m.mean_average_precision, 3), 10) +
         right(fixed(m.mean_roc_auc, 3), 10) + right(fixed(m.calibration_error, 3), 20) + "\n";
}

/// Why the shares of windows and of clips differ; empty unless they do.
std::string windows_explained(const Evaluation& e) {
  if (e.windows.accuracy == e.clips.accuracy) return "";
  std::string text = "Windows are judged one by one; a clip's answer is made from all of its windows.\n";
  if (const auto& sounding = e.sounding_windows; sounding && e.windows.accuracy < e.clips.accuracy) {
    text += "Of those with sound " + percent_with_counts(*sounding) + " are right; " +
            std::to_string(e.windows.sample_count - sounding->sample_count) + " are silent (below " +
            fixed(kSilentWindowDbfs, 0) + " dBFS).\n";
  }
  return text;
}

std::string summary(const Evaluation& e, bool independent) {
  return left("", 8) + right("accuracy", 26) + right("loss", 10) + right("macro F1", 11) + right("mean AP", 10) +
         right("ROC AUC", 10) + right("calibration error", 20) + "\n" + summary_line("clips", e.clips) +
         summary_line("windows", e.windows) +
         (independent && e.clips.sample_count > 0
              ? "Clips right: " + interval_text(e.clips.correct, e.clips.sample_count) + " % (Wilson).\n"
              : "") +
         windows_explained(e);
}

std::size_t longest_name(const std::vector<std::string>& names, std::size_t at_least, std::size_t at_most) {
  std::size_t longest = at_least;
  for (const auto& name : names) longest = std::max(longest, width_of(name));
  return std::min(longest, at_most);
}

std::string class_table(const Evaluation& e) {
  const std::size_t name_width = longest_name(e.class_names, 14, kLineWidth - 58);
  std::string text = "\n" + left("Clips by class", name_width) + right("clips", 8) + right("correct", 9) +
                     right("precision", 11) + right("recall", 8) + right("F1", 7) + right("AP", 7) + right("AUC", 8) +
                     "\n";
  for (const auto& c : e.clips.classes) {
    text += left(c.name, name_width) + right(std::to_string(c.support), 8) + right(std::to_string(c.correct), 9) +
            right(fixed(c.precision, 3), 11) + right(fixed(c.recall, 3), 8) + right(fixed(c.f1, 3), 7) +
            right(fixed(c.average_precision, 3), 7) + right(fixed(c.roc_auc, 3), 8) + "\n";
  }
  return text;
}

/// Columns are headed by the numbers before the class names of the rows.
std::string confusion_matrix(const Evaluation& e) {
  std::int64_t largest = 0;
  for (const auto& row : e.clips.confusion) largest = std::max(largest, *std::max_element(row.begin(), row.end()));
  const std::size_t cell = std::max<std::size_t>(2, std::to_string(largest).size()) + 1;
  const std::size_t used = 3 + e.class_names.size() * cell;
  const std::size_t room = kLineWidth > used + 12 ? kLineWidth - used : 12;
  const std::size_t name_width = longest_name(e.class_names, 1, room - 1) + 1;

  std::string text = "\nConfusion of clips (row: truth, column: prediction)\n" + std::string(3 + name_width, ' ');
  for (std::size_t k = 0; k < e.class_names.size(); ++k) text += right(std::to_string(k + 1), cell);
  text += "\n";
  for (std::size_t k = 0; k < e.class_names.size(); ++k) {
    text += right(std::to_string(k + 1), 2) + " " + left(e.class_names[k], name_width);
    for (const auto count : e.clips.confusion[k]) text += right(count == 0 ? "." : std::to_string(count), cell);
    text += "\n";
  }
  return text;
}

std::string confused_pairs(const Evaluation& e) {
  struct Pair {
    std::int64_t count;
    std::size_t truth, predicted;
  };
  std::vector<Pair> pairs;
  for (std::size_t t = 0; t < e.class_names.size(); ++t) {
    for (std::size_t p = 0; p < e.class_names.size(); ++p) {
      if (t != p && e.clips.confusion[t][p] > 0) pairs.push_back({e.clips.confusion[t][p], t, p});
    }
  }
  if (pairs.empty()) return "";
  std::stable_sort(pairs.begin(), pairs.end(), [](const Pair& a, const Pair& b) { return a.count > b.count; });
  if (pairs.size() > kConfusedPairs) pairs.resize(kConfusedPairs);

  const std::size_t name_width = longest_name(e.class_names, 5, 38);
  std::string text = "\nMost confused (clips)\n";
  for (const auto& pair : pairs) {
    text += right(std::to_string(pair.count), 5) + "  " + left(e.class_names[pair.truth], name_width) + " taken for " +
            cut(e.class_names[pair.predicted], name_width) + "\n";
  }
  return text;
}

std::string mistake_list(const Evaluation& e, std::size_t max_mistakes) {
  if (e.mistakes.empty()) return "\nNo clip was misclassified.\n";
  const std::size_t shown = std::min(max_mistakes, e.mistakes.size());
  if (shown == 0) return "";
  std::size_t id_width = 4, truth_width = 5;
  for (std::size_t i = 0; i < shown; ++i) {
    id_width = std::max(id_width, width_of(e.mistakes[i].clip_id));
    truth_width = std::max(truth_width, width_of(e.mistakes[i].truth));
  }
  id_width = std::min<std::size_t>(id_width, 36);
  truth_width = std::min<std::size_t>(truth_width, 24);
  const std::size_t predicted_width = kLineWidth - id_width - truth_width - 6 - 5;

  std::string text = "\nMisclassified clips, the most confident first (" + std::to_string(shown) + " of " +
                     std::to_string(e.mistakes.size()) + ")\n" + left("clip", id_width) + "  " +
                     left("truth", truth_width) + "  " + right("prob.", 5) + "  predicted\n";
  for (std::size_t i = 0; i < shown; ++i) {
    const auto& m = e.mistakes[i];
    text += left(m.clip_id, id_width) + "  " + left(m.truth, truth_width) + "  " + right(fixed(m.probability, 3), 5) +
            "  " + cut(m.predicted, predicted_width) + "\n";
  }
  return text;
}

}  // namespace

std::string interval_text(std::int64_t correct, std::int64_t count) {
  const auto limits = wilson_interval(correct, count);
  return "95 % interval " + fixed(100 * limits.low, 1) + " to " + fixed(100 * limits.high, 1);
}

std::string text_report(const Evaluation& e, std::size_t max_mistakes, bool each_clip_once) {
  std::string text = summary(e, each_clip_once) + class_table(e);
  if (!e.clips.confusion.empty()) {
    text += e.class_names.size() <= kMatrixClasses ? confusion_matrix(e) : confused_pairs(e);
  }
  return text + mistake_list(e, max_mistakes);
}

}  // namespace soundfold::evaluation

// SPDX-License-Identifier: Apache-2.0
#include "run_report/internal/clip_cards.h"

#include "pictures/sound_picture.h"
#include "pictures/svg.h"
#include "report/html.h"
#include "support/errors.h"
#include "text/text.h"

#include <algorithm>
#include <numeric>

namespace soundfold::run_report {
namespace {

using report::name_html;

/// At most three classes to draw: the true ones, those given, and the most probable others.
std::vector<std::int64_t> classes_to_draw(const ReportClip& clip) {
  std::vector<std::int64_t> classes = clip.truth;
  classes.insert(classes.end(), clip.predicted.begin(), clip.predicted.end());
  std::vector<std::int64_t> by_probability(clip.probabilities.size());
  std::iota(by_probability.begin(), by_probability.end(), 0);
  const auto most = std::min<std::size_t>(5, by_probability.size());
  std::partial_sort(by_probability.begin(), by_probability.begin() + static_cast<std::ptrdiff_t>(most),
                    by_probability.end(), [&](std::int64_t a, std::int64_t b) {
                      const double left = clip.probabilities[static_cast<std::size_t>(a)];
                      const double right = clip.probabilities[static_cast<std::size_t>(b)];
                      return left != right ? left > right : a < b;
                    });
  by_probability.resize(most);
  classes.insert(classes.end(), by_probability.begin(), by_probability.end());
  std::vector<std::int64_t> distinct;
  for (const auto k : classes) {
    if (distinct.size() < 3 && std::find(distinct.begin(), distinct.end(), k) == distinct.end()) distinct.push_back(k);
  }
  return distinct;
}

std::string sound_and_picture(const ReportInput& input, const ReportOptions& options, const ReportClip& clip) {
  if (!input.samples) return "";
  try {
    double seconds = 0;
    const auto samples = shown_samples(input, options, clip.sound, seconds);
    if (samples.empty()) return "";
    const auto& name = input.sounds[clip.sound].name;
    return (seconds > options.most_seconds ? "<p class=\"faint\">The first " + pictures::number(options.most_seconds) +
                                                 " of " + pictures::number(seconds, 1) + " s</p>"
                                           : "") +
           sound_player(input, options, clip.sound, samples) +
           pictures::sound_picture(samples, name,
                                   {clip.windows, input.window_seconds, input.window_hop_seconds, input.class_names,
                                    classes_to_draw(clip)});
  } catch (const DataError& error) {
    return "<p id=\"" + SoundShelf::id_of(clip.sound) + "\">" +
           pictures::escaped(pictures::shortened(error.what(), 400)) + "</p>";
  }
}

/// "; wrong in 3 of 5 answers", where a sound was answered more than once.
std::string other_answers(const ReportInput& input, const ReportClip& clip) {
  std::size_t answers = 0, wrong = 0;
  for (const auto& other : input.clips) {
    if (other.sound != clip.sound) continue;
    ++answers;
    if (!is_right(other)) ++wrong;
  }
  return answers < 2 ? "" : "; wrong in " + std::to_string(wrong) + " of " + std::to_string(answers) + " answers";
}

std::string answer_line(const ReportInput& input, const ReportClip& clip) {
  std::string html = "<p>";
  html += is_right(clip) ? name_html(label_text(input, clip.truth))
                         : "is <b>" + name_html(label_text(input, clip.truth)) + "</b>, given as <b>" +
                               name_html(label_text(input, clip.predicted)) + "</b>";
  html += ", probability " + fixed(confidence(input, clip), 4);
  if (!clip.round.empty()) html += "; " + pictures::escaped(clip.round);
  return html + other_answers(input, clip) + "</p>\n";
}

/// What the backbone makes of it, and which training clips are like it.
std::string background(const ReportInput& input, const SoundShelf& shelf, const ReportClip& clip) {
  std::string html;
  const auto& own = input.sounds[clip.sound].backbone_classes;
  if (!own.empty()) {
    html +=
        "<p class=\"by\">" + pictures::escaped(input.backbone_name) + "'s own classes: " + scores_html(own) + "</p>\n";
  }
  std::vector<std::string> near;
  for (const auto& neighbour : clip.neighbours) {
    const auto& sound = input.sounds[neighbour.sound];
    near.push_back(shelf.hear(neighbour.sound, name_html(sound.name)) + " " + name_html(sound.labels) + " " +
                   fixed(neighbour.cosine, 3));
  }
  if (!near.empty()) html += "<p class=\"by\">Nearest in training (cosine): " + join(near, "; ") + "</p>\n";
  return html;
}

}  // namespace

std::string scores_html(const std::vector<NamedScore>& scores) {
  std::vector<std::string> parts;
  for (const auto& score : scores) parts.push_back(name_html(score.name) + " " + fixed(score.score, 2));
  return join(parts);
}

std::string clip_cards(const ReportInput& input, const ReportOptions& options, const SoundShelf& shelf,
                       const std::vector<std::size_t>& chosen) {
  if (chosen.empty()) return "";
  std::string html = "<div class=\"cards\">\n";
  for (const auto i : chosen) {
    const auto& clip = input.clips[i];
    html += "<article class=\"card\" id=\"clip-" + std::to_string(i) + "\">\n<h3>" +
            name_html(input.sounds[clip.sound].name) + "</h3>\n" + answer_line(input, clip) +
            sound_and_picture(input, options, clip) + background(input, shelf, clip) + "</article>\n";
  }
  return html + "</div>\n";
}

}  // namespace soundfold::run_report

// SPDX-License-Identifier: Apache-2.0
#include "report/internal/clip_cards.h"

#include "frontend/recipe.h"
#include "pictures/sound_picture.h"
#include "pictures/svg.h"
#include "report/html.h"
#include "report/internal/sound_data.h"
#include "support/errors.h"
#include "text/text.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>

namespace soundfold::report {
namespace {

/// At most three classes to draw: the true ones, those given, and the most probable others.
std::vector<std::int64_t> classes_to_draw(const ReportClip& clip) {
  std::vector<std::int64_t> classes = clip.truth;
  classes.insert(classes.end(), clip.predicted.begin(), clip.predicted.end());
  std::vector<std::int64_t> by_probability(clip.probabilities.size());
  std::iota(by_probability.begin(), by_probability.end(), 0);
  std::stable_sort(by_probability.begin(), by_probability.end(), [&](std::int64_t a, std::int64_t b) {
    return clip.probabilities[static_cast<std::size_t>(a)] > clip.probabilities[static_cast<std::size_t>(b)];
  });
  by_probability.resize(std::min<std::size_t>(5, by_probability.size()));
  classes.insert(classes.end(), by_probability.begin(), by_probability.end());
  std::vector<std::int64_t> distinct;
  for (const auto k : classes) {
    if (distinct.size() < 3 && std::find(distinct.begin(), distinct.end(), k) == distinct.end()) distinct.push_back(k);
  }
  return distinct;
}

/// A path as an address: what is not plain is written as %XX.
std::string file_address(const std::string& path) {
  constexpr const char* kDigits = "0123456789ABCDEF";
  std::string address = path.rfind('/', 0) == 0 ? "file://" : "";
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' ||
                       c == '-' || c == '_' || c == '.' || c == '~';
    address += plain ? std::string(1, c) : std::string{'%', kDigits[byte >> 4], kDigits[byte & 15]};
  }
  return address;
}

std::string player(const ReportClip& clip, const std::vector<float>& samples, ReportAudio audio) {
  if (audio == ReportAudio::none) return "";
  const auto address = audio == ReportAudio::link ? file_address(clip.file) : sound_uri(samples);
  return "<audio controls preload=\"none\" aria-label=\"" + pictures::escaped(pictures::shortened(clip.name, 120)) +
         "\" src=\"" + address + "\"></audio>\n";
}

std::string sound_and_picture(const ReportInput& input, const ReportOptions& options, std::size_t index) {
  if (!input.sound) return "";
  const auto& clip = input.clips[index];
  try {
    auto samples = input.sound(index);
    if (samples.empty()) return "";
    const auto most = static_cast<std::size_t>(options.most_seconds * frontend::kSampleRateHz);
    const bool cut = samples.size() > most;
    const double seconds = static_cast<double>(samples.size()) / frontend::kSampleRateHz;
    if (cut) samples.resize(std::max<std::size_t>(1, most));
    return (cut ? "<p class=\"faint\">The first " + pictures::number(options.most_seconds) + " of " +
                      pictures::number(seconds, 1) + " s</p>"
                : "") +
           player(clip, samples, options.audio) +
           pictures::sound_picture(samples, clip.name,
                                   {clip.windows, input.window_seconds, input.window_hop_seconds, input.class_names,
                                    classes_to_draw(clip)});
  } catch (const DataError& error) {
    return "<p>" + pictures::escaped(pictures::shortened(error.what(), 400)) + "</p>";
  }
}

}  // namespace

double confidence(const ReportInput& input, const ReportClip& clip) {
  if (!input.multi_label) return clip.probabilities[static_cast<std::size_t>(clip.predicted.front())];
  const bool right = clip.truth == clip.predicted;
  double result = right ? 1 : 0;
  for (std::size_t k = 0; k < clip.probabilities.size(); ++k) {
    const auto label = static_cast<std::int64_t>(k);
    const bool given = evaluation::has_label(clip.predicted, label), wanted = evaluation::has_label(clip.truth, label);
    const double sure = given ? clip.probabilities[k] : 1 - clip.probabilities[k];
    if (right) result = std::min(result, sure);
    if (!right && given != wanted) result = std::max(result, sure);
  }
  return result;
}

std::string label_text(const ReportInput& input, const std::vector<std::int64_t>& labels) {
  std::vector<std::string> names;
  for (const auto k : labels) names.push_back(input.class_names[static_cast<std::size_t>(k)]);
  return names.empty() ? "(none)" : join(names, "; ");
}

ShownClips shown_clips(const ReportInput& input, const ReportOptions& options) {
  ShownClips shown;
  std::vector<double> sure;
  std::vector<std::size_t> right;
  for (std::size_t i = 0; i < input.clips.size(); ++i) {
    const auto& clip = input.clips[i];
    sure.push_back(confidence(input, clip));
    (clip.truth == clip.predicted ? right : shown.mistakes).push_back(i);
  }
  const auto surest_first = [&](std::size_t a, std::size_t b) { return sure[a] > sure[b]; };
  std::stable_sort(shown.mistakes.begin(), shown.mistakes.end(), surest_first);
  std::stable_sort(right.begin(), right.end(), surest_first);
  shown.all_mistakes = shown.mistakes.size();
  shown.mistakes.resize(std::min(shown.mistakes.size(), options.most_mistakes));
  // Not more than half of the right ones count as unsure.
  const auto unsure = std::min(options.most_unsure, right.size() / 2);
  shown.unsure.assign(right.rbegin(), right.rbegin() + static_cast<std::ptrdiff_t>(unsure));
  right.resize(right.size() - unsure);
  std::map<std::int64_t, int> of_class;
  for (const auto i : right) {
    const auto& truth = input.clips[i].truth;
    if (shown.right.size() < options.most_right && ++of_class[truth.empty() ? -1 : truth.front()] <= 2) {
      shown.right.push_back(i);
    }
  }
  std::stable_sort(shown.right.begin(), shown.right.end(),
                   [&](std::size_t a, std::size_t b) { return input.clips[a].truth < input.clips[b].truth; });
  return shown;
}

std::string clip_cards(const ReportInput& input, const ReportOptions& options, const std::vector<std::size_t>& chosen) {
  if (chosen.empty()) return "";
  std::string html = "<div class=\"cards\">\n";
  for (const auto i : chosen) {
    const auto& clip = input.clips[i];
    html +=
        "<article class=\"card\" id=\"clip-" + std::to_string(i) + "\">\n<h3>" + name_html(clip.name) + "</h3>\n<p>";
    html += clip.truth == clip.predicted ? name_html(label_text(input, clip.truth))
                                         : "is <b>" + name_html(label_text(input, clip.truth)) + "</b>, given as <b>" +
                                               name_html(label_text(input, clip.predicted)) + "</b>";
    html += ", probability " + fixed(confidence(input, clip), 4) + "</p>\n";
    html += sound_and_picture(input, options, i) + "</article>\n";
  }
  return html + "</div>\n";
}

}  // namespace soundfold::report

// SPDX-License-Identifier: Apache-2.0
#include "run_report/run_report.h"

#include "pictures/svg.h"
#include "report/html.h"
#include "run_report/internal/clip_cards.h"
#include "run_report/internal/sections.h"
#include "support/errors.h"
#include "text/text.h"

namespace soundfold::run_report {
namespace {

void check_labels(const std::vector<std::int64_t>& labels, std::size_t class_count) {
  for (const auto k : labels) {
    if (k < 0 || static_cast<std::size_t>(k) >= class_count) {
      throw UsageError("report: label " + std::to_string(k) + " of " + std::to_string(class_count) + " classes");
    }
  }
}

void check_clip(const ReportInput& input, const ReportClip& clip) {
  const std::size_t classes = input.class_names.size();
  check_labels(clip.truth, classes);
  check_labels(clip.predicted, classes);
  const bool one_each = clip.truth.size() == 1 && clip.predicted.size() == 1;
  if (clip.probabilities.size() != classes || (!input.multi_label && !one_each)) {
    throw UsageError("report: a clip does not have a probability for each class, or not one label");
  }
  for (const auto& window : clip.windows) {
    if (window.size() != classes) throw UsageError("report: a window does not have a probability for each class");
  }
  bool known = clip.sound < input.sounds.size();
  for (const auto& neighbour : clip.neighbours) known = known && neighbour.sound < input.sounds.size();
  if (!known) throw UsageError("report: a clip is of none of the sounds");
}

void check_input(const ReportInput& input) {
  const std::size_t classes = input.class_names.size();
  if (input.metrics.classes.size() != classes ||
      input.metrics.sample_count != static_cast<std::int64_t>(input.clips.size())) {
    throw UsageError("report: the metrics are not those of the clips");
  }
  if (!input.backbone_views.empty() && input.backbone_views.size() != classes) {
    throw UsageError("report: the backbone's classes are not those of the classes");
  }
  for (const auto& clip : input.clips) check_clip(input, clip);
  for (const auto& member : input.sweep.members) {
    if (member.settings.size() != input.sweep.keys.size()) throw UsageError("report: a member lacks a setting");
  }
}

std::string mistakes_part(const ReportInput& input, const ReportOptions& options, const SoundShelf& shelf,
                          const ShownClips& shown) {
  if (input.clips.empty()) return "";
  if (shown.wrong_answers == 0) return "<p>Every clip was answered right.</p>\n";
  const auto all = std::to_string(shown.wrong_sounds), some = std::to_string(shown.mistakes.size());
  std::string count =
      shown.mistakes.size() == shown.wrong_sounds ? "All " + all : some + " of " + all + ", some of every class";
  if (shown.wrong_answers != shown.wrong_sounds) {
    count += " (clips; " + std::to_string(shown.wrong_answers) + " wrong answers of all seeds)";
  }
  return "<p>" + count +
         ", the surest first. <span class=\"faint keys\">Keys on a card: j and k to the next and the "
         "last, p plays.</span></p>\n" +
         clip_cards(input, options, shelf, shown.mistakes);
}

struct PagePart {
  const char* id;
  const char* heading;
  std::string content;
};

std::string parts_html(const std::vector<PagePart>& parts) {
  std::string links, sections;
  for (const auto& part : parts) {
    if (part.content.empty()) continue;
    links += "<a href=\"#" + std::string(part.id) + "\">" + part.heading + "</a>\n";
    sections += report::section(part.id, part.heading, part.content);
  }
  return "<nav aria-label=\"Sections\">\n" + links + "</nav>\n<main>\n" + sections + "</main>";
}

}  // namespace

std::string run_report(const ReportInput& input, const ReportOptions& options) {
  check_input(input);
  const auto shown = shown_clips(input, options);
  SoundShelf shelf(input, options, shown);
  shelf.add_neighbours(shown.mistakes);
  const HearLink hear = [&](const std::string& name) {
    std::size_t sound = 0;
    return shelf.add_named(name, sound) ? shelf.hear(sound, report::name_html(name)) : std::string();
  };
  // Before the players: it may ask for more of them.
  const auto audit = input.audit ? input.audit(hear) : std::string();
  const bool tested = !input.clips.empty();
  const std::vector<PagePart> parts = {
      {"weakest", "Weakest classes", weakest_classes(input, shown)},
      {"classes", "Classes", tested ? class_table(input) : ""},
      {"confusion", "Confusion", tested ? confusion_part(input, shelf) : ""},
      {"mistakes", "Mistakes", mistakes_part(input, options, shelf, shown)},
      {"unsure", "Right, but the least sure", clip_cards(input, options, shelf, shown.unsure)},
      {"right", "Right ones of each class", clip_cards(input, options, shelf, shown.right)},
      {"reliability", "Scores", reliability_part(input)},
      {"curves", "Learning curves", curves_part(input)},
      {"map", "Map of the data set", map_part(input, shelf)},
      {"folds", "Folds and seeds", rounds_part(input)},
      {"sweep", "Sweep", sweep_part(input)},
      {"audit", "Data audit", audit},
      {"others", "Training clips named above", shelf.other_players()},
      {"origin", "Configuration and origin", origin_part(input)}};
  return report::page(input.title, headline(input) + parts_html(parts), options.audio == ReportAudio::link,
                      page_numbers(input));
}

}  // namespace soundfold::run_report

// SPDX-License-Identifier: Apache-2.0
#include "report/audit_section.h"

#include "pictures/svg.h"
#include "report/html.h"
#include "report/internal/sound_card.h"
#include "support/files.h"
#include "text/text.h"

#include <algorithm>

namespace soundfold::report {
namespace {

constexpr std::size_t kMostCardsOfFinding = 3;

std::string counts_table(const audit::Findings& found) {
  std::vector<std::vector<std::string>> rows;
  for (const auto kind : audit::kAllKinds) {
    std::size_t of_severity[3] = {0, 0, 0};
    for (const auto& finding : found.list) {
      if (finding.kind == kind) ++of_severity[static_cast<int>(finding.severity)];
    }
    const bool any = found.count(kind) > 0;
    const std::string heading = audit::kind_heading(kind);
    rows.push_back(
        {any ? "<a href=\"#audit-" + std::string(audit::kind_name(kind)) + "\">" + heading + "</a>" : heading,
         std::to_string(of_severity[0]), std::to_string(of_severity[1]), std::to_string(of_severity[2])});
  }
  return table({"what", "errors", "warnings", "notes"}, rows);
}

std::string finding_html(const audit::Findings& found, const audit::Finding& finding, const ClipSound& sound,
                         ReportAudio audio) {
  std::string html = "<p><b>" + std::string(audit::severity_name(finding.severity)) +
                     "</b>: " + pictures::escaped(pictures::shortened(finding.sentence, 1000)) + "</p>\n";
  if (!finding.fix.empty()) {
    html += "<pre tabindex=\"0\">" + pictures::escaped(pictures::shortened(finding.fix, 1000)) + "</pre>\n";
  }
  std::vector<SoundCard> cards;
  for (std::size_t k = 0; k < std::min(kMostCardsOfFinding, finding.clips.size()); ++k) {
    const auto i = finding.clips[k];
    const auto& clip = found.clips[i];
    SoundCard card{clip.id, absolute_name(clip.path.string()), name_html(found.labels_of(i)), {}};
    if (!found.parts[i].empty()) card.line += ", " + name_html(found.parts[i]);
    if (sound) card.sound = [&sound, i] { return sound(i); };
    cards.push_back(std::move(card));
  }
  return html + sound_cards(cards, audio);
}

std::string kind_section(const audit::Findings& found, audit::Kind kind, const ClipSound& sound, ReportAudio audio,
                         std::size_t most) {
  const auto count = found.count(kind);
  if (count == 0) return "";
  std::string html;
  if (count > most) {
    html = "<p class=\"faint\">The first " + std::to_string(most) + " of " + std::to_string(count) + "</p>\n";
  }
  std::size_t given = 0;
  for (const auto& finding : found.list) {
    if (finding.kind == kind && given++ < most) html += finding_html(found, finding, sound, audio);
  }
  return section("audit-" + std::string(audit::kind_name(kind)), audit::kind_heading(kind), html);
}

std::string class_facts_table(const audit::Findings& found) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& facts : found.classes) {
    std::string formats;
    for (std::size_t k = 0; k < std::min<std::size_t>(3, facts.formats.size()); ++k) {
      formats += (k > 0 ? "; " : "") + pictures::escaped(facts.formats[k]);
    }
    rows.push_back({name_html(facts.name), std::to_string(facts.clips), fixed(facts.shortest_s, 2),
                    fixed(facts.median_s, 2), fixed(facts.longest_s, 2), fixed(100 * facts.quiet, 1),
                    "<span>" + formats + "</span>"});
  }
  if (rows.empty()) return "";
  return table({"class", "clips", "shortest, s", "median, s", "longest, s", "padding, %", "formats"}, rows, true);
}

}  // namespace

std::string audit_section(const audit::Findings& found, const ClipSound& sound, ReportAudio audio,
                          std::size_t most_of_kind) {
  std::string notes;
  for (const auto& note : found.notes) notes += "<p class=\"faint\">" + pictures::escaped(note) + "</p>\n";
  std::string html = section("audit", "Data audit", counts_table(found) + notes);
  for (const auto kind : audit::kAllKinds) html += kind_section(found, kind, sound, audio, most_of_kind);
  return html + section("audit-classes", "Lengths and formats by class", class_facts_table(found));
}

std::string audit_page(const audit::Findings& found, const ClipSound& sound, ReportAudio audio,
                       std::size_t most_of_kind) {
  const std::string body = "<header>\n<h1>Data audit</h1>\n<p>" + pictures::escaped(found.description) +
                           "</p>\n</header>\n<main>\n" + audit_section(found, sound, audio, most_of_kind) + "</main>";
  return page("Data audit", body, audio == ReportAudio::link);
}

}  // namespace soundfold::report

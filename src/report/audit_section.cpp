// SPDX-License-Identifier: Apache-2.0
#include "report/audit_section.h"

#include "frontend/stretch.h"
#include "pictures/svg.h"
#include "report/html.h"
#include "report/internal/sound_card.h"
#include "support/files.h"
#include "text/text.h"

#include <algorithm>

namespace soundfold::report {
namespace {

constexpr std::size_t kMostCardsOfFinding = 3;

/// "3", "1" and "0" of a kind: errors, warnings and notes, as cells.
std::vector<std::string> counts_row(const audit::Findings& found, audit::Kind kind, const std::string& name) {
  std::size_t of_severity[3] = {0, 0, 0};
  for (const auto& finding : found.list) {
    if (finding.kind == kind) ++of_severity[static_cast<int>(finding.severity)];
  }
  return {name, std::to_string(of_severity[0]), std::to_string(of_severity[1]), std::to_string(of_severity[2])};
}

std::string counts_table(const std::vector<std::vector<std::string>>& rows) {
  return table({"what", "errors", "warnings", "notes"}, rows);
}

std::string sentence_html(const audit::Finding& finding) {
  return "<b>" + std::string(audit::severity_name(finding.severity)) +
         "</b>: " + pictures::escaped(pictures::shortened(finding.sentence, 1000));
}

std::string fix_html(const audit::Finding& finding) {
  if (finding.fix.empty()) return "";
  return "<pre tabindex=\"0\">" + pictures::escaped(pictures::shortened(finding.fix, 1000)) + "</pre>\n";
}

/// The clips of a finding, to hear one after the other.
std::string clips_html(const audit::Findings& found, const audit::Finding& finding,
                       const std::function<std::string(const std::string&)>& hear) {
  std::string html;
  for (std::size_t k = 0; k < std::min(kMostCardsOfFinding, finding.clips.size()); ++k) {
    const auto i = finding.clips[k];
    const auto link = hear(found.clips[i].id);
    html += (k > 0 ? " · " : "") + (link.empty() ? name_html(found.clips[i].id) : link) + " (" +
            name_html(found.labels_of(i)) + (found.parts[i].empty() ? "" : ", " + name_html(found.parts[i])) + ")";
  }
  return html;
}

std::string finding_html(const audit::Findings& found, const audit::Finding& finding, const ClipSound& sound,
                         ReportAudio audio) {
  const std::string html = "<p>" + sentence_html(finding) + "</p>\n" + fix_html(finding);
  std::vector<SoundCard> cards;
  for (std::size_t k = 0; k < std::min(kMostCardsOfFinding, finding.clips.size()); ++k) {
    const auto i = finding.clips[k];
    const auto& clip = found.clips[i];
    SoundCard card{clip.id, absolute_name(clip.path.string()), name_html(found.labels_of(i)), {}};
    if (!found.parts[i].empty()) card.line += ", " + name_html(found.parts[i]);
    if (sound) card.sound = [&sound, i] { return sound(i); };
    if (clip.stretch) card.fragment = frontend::fragment_text(*clip.stretch);
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

std::string notes_html(const audit::Findings& found) {
  std::string html;
  for (const auto& note : found.notes) html += "<p class=\"faint\">" + pictures::escaped(note) + "</p>\n";
  return html;
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
  std::vector<std::vector<std::string>> counts;
  for (const auto kind : audit::kAllKinds) {
    const std::string heading = audit::kind_heading(kind);
    const auto link = "<a href=\"#audit-" + std::string(audit::kind_name(kind)) + "\">" + heading + "</a>";
    counts.push_back(counts_row(found, kind, found.count(kind) > 0 ? link : heading));
  }
  std::string html = section("audit", "Findings", counts_table(counts) + notes_html(found));
  for (const auto kind : audit::kAllKinds) html += kind_section(found, kind, sound, audio, most_of_kind);
  return html + section("audit-classes", "Lengths and formats by class", class_facts_table(found));
}

std::string stored_findings(const audit::Findings& found, const std::function<std::string(const std::string&)>& hear,
                            std::size_t most_of_kind) {
  std::vector<std::vector<std::string>> counts;
  std::string lists;
  for (const auto kind : audit::kStoredKinds) {
    counts.push_back(counts_row(found, kind, audit::kind_heading(kind)));
    const auto count = found.count(kind);
    if (count == 0) continue;
    lists += "<h3>" + std::string(audit::kind_heading(kind)) + "</h3>\n";
    if (count > most_of_kind) {
      lists +=
          "<p class=\"faint\">The first " + std::to_string(most_of_kind) + " of " + std::to_string(count) + "</p>\n";
    }
    std::size_t given = 0;
    for (const auto& finding : found.list) {
      if (finding.kind != kind || given++ >= most_of_kind) continue;
      lists +=
          "<p>" + sentence_html(finding) + "<br>" + clips_html(found, finding, hear) + "</p>\n" + fix_html(finding);
    }
  }
  return counts_table(counts) + notes_html(found) + lists;
}

std::string audit_page(const audit::Findings& found, const ClipSound& sound, ReportAudio audio,
                       std::size_t most_of_kind) {
  const std::string body = "<header>\n<h1>Data audit</h1>\n<p>" + pictures::escaped(found.description) +
                           "</p>\n</header>\n<main>\n" + audit_section(found, sound, audio, most_of_kind) + "</main>";
  return page("Data audit", body, audio == ReportAudio::link);
}

}  // namespace soundfold::report

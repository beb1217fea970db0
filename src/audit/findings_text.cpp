// SPDX-License-Identifier: Apache-2.0
#include "audit/findings_text.h"

#include "text/text.h"

#include <algorithm>

namespace soundfold::audit {
namespace {

/// "5.0 s", "1.2 to 9.9 s, median 4.8 s".
std::string lengths_text(const ClassFacts& facts) {
  const auto shortest = fixed(facts.shortest_s, 1), longest = fixed(facts.longest_s, 1);
  if (shortest == longest) return longest + " s";
  return shortest + " to " + longest + " s, median " + fixed(facts.median_s, 1) + " s";
}

std::string kind_text(const Findings& found, Kind kind) {
  std::size_t count[3] = {0, 0, 0};
  const Finding* first = nullptr;
  for (const auto& finding : found.list) {
    if (finding.kind != kind) continue;
    if (first == nullptr) first = &finding;
    ++count[static_cast<int>(finding.severity)];
  }
  if (first == nullptr) return "";
  std::vector<std::string> counts;
  for (const auto severity : {Severity::error, Severity::warning, Severity::note}) {
    const auto n = count[static_cast<int>(severity)];
    if (n > 0) counts.push_back(std::to_string(n) + " " + severity_name(severity) + (n > 1 ? "s" : ""));
  }
  const bool more = count[0] + count[1] + count[2] > 1;
  std::string text = std::string(kind_heading(kind)) + ": " + join(counts) +
                     (more ? "; one of them (others: --json, or --audit --page FILE)" : "") + "\n  " + first->sentence +
                     "\n";
  if (!first->fix.empty()) text += "    fix: " + first->fix + "\n";
  return text;
}

}  // namespace

std::string findings_text(const Findings& found, std::size_t most_classes) {
  std::string text = found.description + "\n";
  for (const auto& note : found.notes) text += "note: " + note + "\n";
  text += "\n";
  for (const auto kind : kAllKinds) text += kind_text(found, kind);
  if (found.list.empty()) text += "Nothing was found.\n";
  if (!found.classes.empty()) text += "\nClasses\n";
  for (std::size_t k = 0; k < std::min(most_classes, found.classes.size()); ++k) {
    const auto& facts = found.classes[k];
    text += "  " + shown(facts.name, 40) + ": " + std::to_string(facts.clips) + " clips";
    if (facts.clips > 0) text += ", " + lengths_text(facts) + ", padding " + fixed(100 * facts.quiet, 0) + " %";
    if (!facts.formats.empty()) text += "; " + facts.formats.front();
    if (facts.formats.size() > 1) text += " and " + std::to_string(facts.formats.size() - 1) + " more formats";
    text += "\n";
  }
  if (found.classes.size() > most_classes) {
    text += "  and " + std::to_string(found.classes.size() - most_classes) + " more classes (--json lists all)\n";
  }
  return text;
}

nlohmann::json findings_json(const Findings& found) {
  auto json = nlohmann::json{{"description", found.description},
                             {"notes", found.notes},
                             {"findings", nlohmann::json::array()},
                             {"classes", nlohmann::json::array()}};
  for (const auto& finding : found.list) {
    nlohmann::json entry = {{"kind", kind_name(finding.kind)},
                            {"severity", severity_name(finding.severity)},
                            {"score", finding.score},
                            {"sentence", finding.sentence},
                            {"fix", finding.fix},
                            {"clips", nlohmann::json::array()}};
    for (const auto i : finding.clips) {
      const auto& clip = found.clips[i];
      entry["clips"].push_back(
          {{"id", clip.id}, {"path", clip.path.string()}, {"labels", found.labels_of(i)}, {"part", found.parts[i]}});
    }
    json["findings"].push_back(std::move(entry));
  }
  for (const auto& facts : found.classes) {
    json["classes"].push_back({{"name", facts.name},
                               {"clips", facts.clips},
                               {"shortest_s", facts.shortest_s},
                               {"median_s", facts.median_s},
                               {"longest_s", facts.longest_s},
                               {"padding", facts.quiet},
                               {"formats", facts.formats}});
  }
  return json;
}

}  // namespace soundfold::audit

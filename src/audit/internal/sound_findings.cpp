// SPDX-License-Identifier: Apache-2.0
#include "audit/internal/rules.h"
#include "text/text.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace soundfold::audit {
namespace {

constexpr double kSilentDbfs = -60;      // as decision.silence_dbfs
constexpr double kMostlyQuiet = 0.9;     // share of the clip
constexpr double kClippedShare = 0.001;  // of its samples
constexpr double kBadlyClipped = 0.01;
constexpr double kOffset = 0.01;     // -40 dBFS
constexpr double kNetworkHz = 7500;  // the highest log-mel band ends here
constexpr double kBandShare = 0.6;   // of that: 4.5 kHz
constexpr double kRareShare = 0.05;  // of the clips

std::string rate_text(double hz) {
  return fixed(hz / 1000, hz >= 10'000 ? 1 : 2) + " kHz";
}

std::string format_text(const AudioFacts& facts) {
  return rate_text(facts.sample_rate_hz) + ", " + std::to_string(facts.channels) +
         (facts.channels == 1 ? " channel, " : " channels, ") + facts.format;
}

void look_at_clip(const Material& material, std::size_t clip, std::vector<Finding>& list) {
  const auto& facts = material.facts[clip];
  const auto name = clip_text(material, clip);
  const auto row = manifest_row(material.data, material.data.clips[clip]);
  const auto add = [&](Kind kind, Severity severity, double score, const std::string& what, const std::string& fix) {
    list.push_back({kind, severity, {clip}, score, name + what, fix});
  };
  if (facts.level_dbfs < kSilentDbfs) {
    add(Kind::silent, Severity::warning, -facts.level_dbfs, " is silent: " + fixed(facts.level_dbfs, 1) + " dBFS",
        "remove " + row);
    return;
  }
  if (facts.quiet > kMostlyQuiet) {
    add(Kind::silent, Severity::note, facts.quiet,
        " is padding for " + fixed(100 * facts.quiet, 0) + " % of its " + fixed(facts.seconds, 1) + " s",
        "silence: {windows: drop}");
  }
  if (facts.clipped >= kClippedShare) {
    add(Kind::clipped, facts.clipped >= kBadlyClipped ? Severity::warning : Severity::note, facts.clipped,
        " is clipped: " + fixed(100 * facts.clipped, 2) + " % of its samples are at its peak of " +
            fixed(20 * std::log10(facts.peak), 1) + " dBFS",
        "remove " + row);
  }
  if (std::abs(facts.dc_offset) >= kOffset) {
    add(Kind::dc_offset, Severity::note, std::abs(facts.dc_offset),
        " has a DC offset of " + fixed(facts.dc_offset, 3) + " of full scale", "");
  }
  const double whole = std::min(facts.sample_rate_hz / 2.0, kNetworkHz);
  if (facts.highest_hz < kBandShare * whole) {
    add(Kind::band_limited, Severity::note, 1 - facts.highest_hz / whole,
        " is a file of " + rate_text(facts.sample_rate_hz) + " with nothing above " + rate_text(facts.highest_hz), "");
  }
}

/// A format that few clips have, beside one that most have.
void find_rare_formats(const Material& material, Findings& found) {
  std::map<std::string, std::vector<std::size_t>> clips_of;
  std::size_t known = 0;
  for (std::size_t i = 0; i < material.facts.size(); ++i) {
    if (!material.facts[i].problem.empty()) continue;
    clips_of[format_text(material.facts[i])].push_back(i);
    ++known;
  }
  for (const auto& [format, clips] : clips_of) {
    const double share = static_cast<double>(clips.size()) / static_cast<double>(known);
    if (share > kRareShare) continue;
    found.list.push_back({Kind::mixed_formats, Severity::note, clips, 1 - share,
                          std::to_string(clips.size()) + " of " + std::to_string(known) + " clips are " + format +
                              "; the first is " + clip_text(material, clips.front()),
                          ""});
  }
}

ClassFacts facts_of_class(const Material& material, std::size_t number) {
  ClassFacts result;
  result.name = material.data.class_names[number];
  std::vector<double> seconds;
  std::map<std::string, std::size_t> formats;
  for (std::size_t i = 0; i < material.facts.size(); ++i) {
    const auto& labels = material.data.clips[i].labels;
    const bool has = std::binary_search(labels.begin(), labels.end(), static_cast<std::int64_t>(number));
    if (!has || !material.facts[i].problem.empty()) continue;
    seconds.push_back(material.facts[i].seconds);
    result.quiet += material.facts[i].quiet;
    ++formats[format_text(material.facts[i])];
  }
  result.clips = seconds.size();
  if (seconds.empty()) return result;
  std::sort(seconds.begin(), seconds.end());
  result.shortest_s = seconds.front();
  result.median_s = seconds[seconds.size() / 2];
  result.longest_s = seconds.back();
  result.quiet /= static_cast<double>(seconds.size());
  std::vector<std::pair<std::size_t, std::string>> by_count;
  for (const auto& [format, count] : formats) by_count.emplace_back(count, format);
  std::stable_sort(by_count.begin(), by_count.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  for (const auto& [count, format] : by_count) result.formats.push_back(format + ": " + std::to_string(count));
  return result;
}

}  // namespace

void find_in_sounds(const Material& material, Findings& found) {
  for (std::size_t i = 0; i < material.facts.size(); ++i) {
    if (material.facts[i].problem.empty()) look_at_clip(material, i, found.list);
  }
  find_rare_formats(material, found);
  if (material.facts.empty()) return;
  for (std::size_t k = 0; k < material.data.class_names.size(); ++k) {
    found.classes.push_back(facts_of_class(material, k));
  }
}

}  // namespace soundfold::audit

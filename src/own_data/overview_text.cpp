// SPDX-License-Identifier: Apache-2.0
#include "own_data/overview_text.h"

#include "config/options.h"
#include "dataset/wording.h"
#include "support/progress.h"
#include "text/text.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace soundfold::own_data {
namespace {

constexpr std::size_t kMostClasses = 12;
constexpr std::size_t kFilesInLine = 3;
constexpr std::size_t kFewTestClips = 50;
constexpr std::size_t kRemarkBytes = 240;
constexpr std::size_t kReasonBytes = 100;

bool is_readable(const audit::AudioFacts& facts) {
  return facts.problem.empty();
}

/// "beeps 10 (32 s), knocks 11 (30 s)"; many classes: "50 of 8 to 40 clips, the fewest: owl 8, frog 9, crow 12".
std::string class_line(const Overview& overview) {
  const auto& names = overview.data.class_names;
  std::vector<std::pair<std::size_t, double>> of_class(names.size());
  for (std::size_t i = 0; i < overview.facts.size(); ++i) {
    for (const auto label : overview.data.clips[i].labels) {
      auto& [clips, seconds] = of_class[static_cast<std::size_t>(label)];
      ++clips;
      seconds += is_readable(overview.facts[i]) ? overview.facts[i].seconds : 0;
    }
  }
  std::vector<std::size_t> order(names.size());
  for (std::size_t k = 0; k < order.size(); ++k) order[k] = k;
  const bool many = names.size() > kMostClasses;
  const auto fewer = [&](std::size_t a, std::size_t b) { return of_class[a].first < of_class[b].first; };
  if (many) std::stable_sort(order.begin(), order.end(), fewer);
  std::vector<std::string> items;
  for (std::size_t n = 0; n < (many ? kFilesInLine : order.size()); ++n) {
    const auto k = order[n];
    items.push_back(shown(names[k], 40) + " " + std::to_string(of_class[k].first) + " (" +
                    duration_text(of_class[k].second) + ")");
  }
  if (!many) return "classes: " + join(items);
  return "classes: " + std::to_string(names.size()) + " of " + std::to_string(of_class[order.front()].first) + " to " +
         std::to_string(of_class[order.back()].first) + " clips, the fewest: " + join(items);
}

std::string split_line(const Overview& overview) {
  if (overview.splits.description.empty()) {
    return "not split" +
           (overview.obstacles.empty() ? "" : ", because " + shown(overview.obstacles.front(), kRemarkBytes));
  }
  const char* by = overview.data.gives_splits() ? " (by the data's own folders for splits)" : "";
  return "splits: " + overview.splits.description + by;
}

std::string rate_text(int hz) {
  return fixed(hz / 1000.0, hz % 1000 == 0 ? 0 : hz % 100 == 0 ? 1 : 2) + " kHz";
}

/// "format: 44.1 kHz, 1 channel, WAV, 16 bit", or what there is of several.
std::string format_line(const Overview& overview) {
  std::set<int> rates, channels;
  std::set<std::string> formats;
  for (const auto& facts : overview.facts) {
    if (!is_readable(facts)) continue;
    rates.insert(facts.sample_rate_hz);
    channels.insert(facts.channels);
    formats.insert(facts.format);
  }
  if (rates.empty()) return "formats: no file can be read";
  const auto range = [](const std::string& first, const std::string& last) {
    return first == last ? first : first + " to " + last;
  };
  const std::vector<std::string> names(formats.begin(), formats.end());
  const bool mixed = rates.size() > 1 || channels.size() > 1 || formats.size() > 1;
  return std::string(mixed ? "formats: mixed, " : "format: ") +
         range(rate_text(*rates.begin()), rate_text(*rates.rbegin())) + ", " +
         range(std::to_string(*channels.begin()), std::to_string(*channels.rbegin())) +
         (*channels.rbegin() == 1 ? " channel, " : " channels, ") + dataset::joined(names, kFilesInLine) +
         (mixed ? "; all become one channel of the network's rate" : "");
}

std::string length_line(const Overview& overview) {
  std::vector<double> seconds;
  for (const auto& facts : overview.facts) {
    if (is_readable(facts)) seconds.push_back(facts.seconds);
  }
  if (seconds.empty()) return "";
  std::sort(seconds.begin(), seconds.end());
  return "lengths: " + fixed(seconds.front(), 1) + " to " + fixed(seconds.back(), 1) + " s, median " +
         fixed(seconds[seconds.size() / 2], 1) + " s";
}

/// "dogs/a.wav (not a sound file of a known format)": the reason names the whole path, which is left out here.
std::string reason_text(const Overview& overview, std::size_t clip) {
  auto reason = overview.facts[clip].problem;
  const auto path = overview.data.clips[clip].path.string() + ": ";
  if (reason.rfind(path, 0) == 0) reason.erase(0, path.size());
  return overview.data.clips[clip].id + " (" + shown(reason, kReasonBytes) + ")";
}

std::string unreadable_line(const config::Experiment& experiment, const Overview& overview) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < overview.facts.size(); ++i) {
    if (!is_readable(overview.facts[i])) names.push_back(reason_text(overview, i));
  }
  if (names.empty()) return "";
  const bool skips = experiment.data.on_bad_clip == config::BadClips::skip;
  return "unreadable: " + dataset::counted(names.size(), "file") + (skips ? ", left out: " : ": ") +
         dataset::joined(names, kFilesInLine);
}

/// How much one clip counts in a small test.
std::string few_clips_line(const Overview& overview) {
  const auto clips = overview.splits.test.size();
  if (clips == 0 || clips >= kFewTestClips) return "";
  return "few test clips: one of " + std::to_string(clips) + " is " + fixed(100.0 / static_cast<double>(clips), 1) +
         " points of accuracy; a cross-validation tests all of them (docs/protocols.md)";
}

/// The keys whose values are not the program's defaults, whether chosen for the data, by configs/own_folder.yaml or by
/// the user.
std::string settings_line(const config::Experiment& experiment) {
  auto given = experiment;
  config::Experiment usual;
  const auto options = config::options_of(given, config::Program::trainer);
  const auto defaults = config::options_of(usual, config::Program::trainer);
  std::vector<std::string> items;
  for (std::size_t i = 0; i < options.size(); ++i) {
    const auto value = config::value_text(options[i]);
    if (value != config::value_text(defaults[i])) items.push_back(options[i].key + "=" + value);
  }
  return "settings: " + (items.empty() ? "all defaults" : join(items));
}

}  // namespace

std::vector<std::string> overview_lines(const config::Experiment& experiment, const Overview& overview,
                                        std::size_t most) {
  std::vector<std::string> lines = {
      shown(overview.data.name) + ": " + dataset::counted(overview.data.class_names.size(), "class") + ", " +
      dataset::counted(overview.data.clips.size(), "clip") + ", " + duration_text(seconds_of(overview)) + " of sound"};
  const auto add = [&](const std::string& line) {
    if (!line.empty()) lines.push_back("  " + line);
  };
  add(class_line(overview));
  add(split_line(overview));
  add(format_line(overview));
  add(length_line(overview));
  add(unreadable_line(experiment, overview));
  add(few_clips_line(overview));
  const auto& remarks = overview.remarks;
  const auto room = most - std::min(most, lines.size() + 1);  // the settings come last
  const auto told = remarks.size() <= room ? remarks.size() : room - std::min<std::size_t>(room, 1);
  for (std::size_t i = 0; i < told; ++i) add(shown(remarks[i], kRemarkBytes));
  if (told < remarks.size() && room > 0) {
    add("and " + dataset::counted(remarks.size() - told, "remark") + " more (--check lists all)");
  }
  add(settings_line(experiment));
  return lines;
}

std::string cost_text(const config::Experiment& experiment, const Overview& overview) {
  const auto bad = std::count_if(overview.facts.begin(), overview.facts.end(),
                                 [](const auto& facts) { return !is_readable(facts); });
  const auto clips = overview.facts.size() - static_cast<std::size_t>(bad);
  return "cost: " + dataset::counted(clips, "clip") + ", " + duration_text(seconds_of(overview)) +
         " of sound, to embed unless they are in " + experiment.store.folder + "; " +
         dataset::counted(overview.trainings, "training") + " of at most " +
         dataset::counted(static_cast<std::size_t>(experiment.training.epochs), "epoch");
}

}  // namespace soundfold::own_data

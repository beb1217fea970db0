// SPDX-License-Identifier: Apache-2.0
#include "own_data/overview.h"

#include "audio/waveform.h"
#include "audit/material.h"
#include "dataset/wording.h"
#include "own_data/internal/class_notes.h"
#include "own_data/internal/split_parts.h"
#include "splits/split_checks.h"
#include "support/errors.h"
#include "support/interrupt.h"
#include "support/logging.h"
#include "text/text.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <utility>

namespace soundfold::own_data {
namespace {

constexpr std::size_t kClassesInMessage = 8;

audit::AudioFacts header_facts(const std::filesystem::path& path) {
  audit::AudioFacts facts;
  try {
    const auto info = audio::probe(path);
    facts.format = info.format;
    facts.sample_rate_hz = info.sample_rate_hz;
    facts.channels = info.channels;
    if (info.sample_rate_hz > 0) facts.seconds = static_cast<double>(info.frames) / info.sample_rate_hz;
  } catch (const DataError& error) {
    facts.problem = error.what();
  }
  return facts;
}

std::vector<audit::AudioFacts> header_facts_of(const dataset::Dataset& data) {
  std::vector<audit::AudioFacts> facts;
  std::map<std::filesystem::path, audit::AudioFacts> of_file;
  for (const auto& clip : data.clips) {
    throw_if_interrupted("stopped");
    const auto [file, is_new] = of_file.try_emplace(clip.path);
    if (is_new) file->second = header_facts(clip.path);
    facts.push_back(file->second);
    if (clip.stretch) facts.back().seconds = clip.stretch->end_s - clip.stretch->start_s;
  }
  return facts;
}

/// How many clips of each class among `clips` can be read.
std::vector<std::size_t> readable_per_class(const Overview& overview, std::vector<std::size_t> clips) {
  const auto is_bad = [&](std::size_t clip) { return !overview.facts[clip].problem.empty(); };
  clips.erase(std::remove_if(clips.begin(), clips.end(), is_bad), clips.end());
  return dataset::clips_per_class(overview.data, clips);
}

std::vector<std::size_t> all_clips(const dataset::Dataset& data) {
  std::vector<std::size_t> clips;
  for (std::size_t i = 0; i < data.clips.size(); ++i) clips.push_back(i);
  return clips;
}

/// Splits that each class needs a clip for; 1 where the data say themselves which clip is in which split.
std::size_t splits_to_draw(const config::Experiment& experiment, const dataset::Dataset& data) {
  if (experiment.protocol.cross_validates() || data.gives_splits() || !data.folds().empty()) return 1;
  return 1 + (experiment.folds.validation_fraction > 0 ? 1 : 0) + (experiment.folds.test_fraction > 0 ? 1 : 0);
}

/// Names every class that has too few files; "" when none has.
std::string too_few_files(const config::Experiment& experiment, const Overview& overview) {
  const auto needed = splits_to_draw(experiment, overview.data);
  const auto counts = readable_per_class(overview, all_clips(overview.data));
  std::vector<std::string> few, enough;
  for (std::size_t k = 0; k < counts.size(); ++k) {
    const auto& name = overview.data.class_names[k];
    counts[k] < needed ? few.push_back(name + " " + std::to_string(counts[k])) : enough.push_back(name);
  }
  if (few.empty()) return "";
  const std::string without = enough.size() < 2 || enough.size() > kClassesInMessage
                                  ? "with data.classes"
                                  : "with --set 'data.classes=[" + join(enough) + "]'";
  return "classes of fewer than " + dataset::counted(needed, "file") +
         " that can be read: " + dataset::joined(few, kClassesInMessage) +
         (needed > 1 ? "; each split needs one: " : ": ") + "add recordings, or leave them out " + without;
}

std::string too_many_bad_files(const config::Data& settings, const Overview& overview) {
  const auto is_bad = [](const auto& facts) { return !facts.problem.empty(); };
  const auto bad = static_cast<std::size_t>(std::count_if(overview.facts.begin(), overview.facts.end(), is_bad));
  const bool skips = settings.on_bad_clip == config::BadClips::skip;
  const auto limit = skips ? static_cast<std::size_t>(settings.max_bad_clips) : 0;  // 0 with skip: none
  if (bad == 0 || (skips && (limit == 0 || bad <= limit))) return "";
  const auto first = std::find_if(overview.facts.begin(), overview.facts.end(), is_bad);
  return dataset::counted(bad, "file") + " cannot be read, the first: " + first->problem + "; " +
         (skips ? "data.max_bad_clips is " + std::to_string(limit) : "data.on_bad_clip: skip leaves them out");
}

/// A class whose clips in one split cannot be read; "" when there is none.
std::string unreadable_part(const config::Experiment& experiment, const Overview& overview) {
  if (experiment.protocol.cross_validates()) return "";
  for (const auto split : splits::kSplits) {
    const auto& clips = overview.splits.of(split);
    const auto all = dataset::clips_per_class(overview.data, clips);
    const auto readable = readable_per_class(overview, clips);
    for (std::size_t k = 0; k < all.size(); ++k) {
      if (all[k] == 0 || readable[k] > 0) continue;
      return "class " + dataset::in_quotes(overview.data.class_names[k]) + ": none of its " +
             dataset::counted(all[k], "file") + " in the " + dataset::split_name(split) +
             " split can be read; remove the files that cannot be read, or add recordings";
    }
  }
  return "";
}

std::vector<std::string> remarks_on(const dataset::Dataset& data, const std::vector<std::string>& lines) {
  auto remarks = class_notes(data);
  for (const auto& line : lines) {
    const bool is_known = line.rfind("data: ", 0) == 0 || line.rfind("splits: ", 0) == 0;  // prepare_data's summaries
    if (!is_known && std::find(remarks.begin(), remarks.end(), line) == remarks.end()) remarks.push_back(line);
  }
  return remarks;
}

}  // namespace

Overview look_at_data(const config::Experiment& experiment, Look look) {
  Overview overview;
  std::string problem;
  {
    const KeptLog kept;
    auto split = split_parts(experiment);
    overview.data = std::move(split.data);
    overview.splits = std::move(split.splits);
    overview.parts = std::move(split.parts);
    overview.trainings = split.trainings;
    problem = std::move(split.problem);
    overview.remarks = remarks_on(overview.data, kept.lines());
  }
  overview.facts = look == Look::headers
                       ? header_facts_of(overview.data)
                       : audit::facts_of_files(overview.data, static_cast<int>(experiment.run.threads));
  // Too few files are a reason that splitting gives too, but for the first class alone.
  const auto few = too_few_files(experiment, overview);
  for (const auto& reason : {few, few.empty() ? problem : "", too_many_bad_files(experiment.data, overview),
                             few.empty() ? unreadable_part(experiment, overview) : ""}) {
    if (!reason.empty()) overview.obstacles.push_back(reason);
  }
  return overview;
}

double seconds_of(const Overview& overview) {
  double seconds = 0;
  for (const auto& facts : overview.facts) seconds += facts.problem.empty() ? facts.seconds : 0;
  return seconds;
}

}  // namespace soundfold::own_data

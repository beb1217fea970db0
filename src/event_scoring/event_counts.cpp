// SPDX-License-Identifier: Apache-2.0
#include "event_scoring/event_counts.h"

#include "event_scoring/internal/matching.h"
#include "event_scoring/internal/timeline.h"
#include "support/errors.h"
#include "text/text.h"

#include <algorithm>
#include <cmath>

namespace soundfold::event_scoring {
namespace {

using Span = Timeline::Span;

void check_scoring(const ScoringOptions& options) {
  const auto require = [](const char* what, double value, double least, double most) {
    if (value >= least && value <= most) return;
    throw UsageError(std::string(what) + " is " + fixed(value, 3) + "; from " + fixed(least, 2) + " to " +
                     fixed(most, 0) + " is allowed");
  };
  require("the length of segments in s", options.segment_s, 0.01, 3600);
  require("the collar of starts in s", options.onset_collar_s, 0, 60);
  require("the collar of ends in s", options.offset_collar_s, 0, 60);
  require("the collar of ends as a share of the event", options.offset_collar_share, 0, 1);
  require("the length of blocks in s", options.block_s, 0, 1e7);
}

/// The detections within the collars of an annotated event.
std::vector<std::size_t> within_collars(const Span& reference, const Timeline& detected,
                                        const ScoringOptions& options) {
  auto found = detected.starting_near(reference.start_s, options.onset_collar_s);
  if (!options.offsets) return found;
  const double collar_s = std::max(options.offset_collar_s, options.offset_collar_share * reference.seconds());
  found.erase(std::remove_if(found.begin(), found.end(),
                             [&](std::size_t i) {
                               return std::abs(detected.spans()[i].end_s - reference.end_s) > collar_s + kTimeTolerance;
                             }),
              found.end());
  return found;
}

/// Counts one recording into its blocks.
class Counter {
 public:
  Counter(std::vector<Timeline> references, std::vector<Timeline> detections, double recording_s,
          const ScoringOptions& options)
      : references_(std::move(references)),
        detections_(std::move(detections)),
        blocks_(recording_s, options.block_s),
        options_(options),
        counts_(blocks_.count) {
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      counts_[i].seconds = blocks_.seconds_of(i);
      counts_[i].of_class.resize(references_.size());
    }
  }

  std::vector<BlockCounts> count() {
    for (std::size_t k = 0; k < references_.size(); ++k) count_overlaps(k);
    count_collars();
    count_segments();
    return std::move(counts_);
  }

 private:
  ClassCounts& counts_at(double time_s, std::size_t k) { return counts_[blocks_.at(time_s)].of_class[k]; }

  void count_overlaps(std::size_t k) {
    const auto& references = references_[k].spans();
    const auto& detections = detections_[k].spans();
    Partners partners;
    for (const auto& reference : references) {
      partners.push_back(detections_[k].overlapping(reference.start_s, reference.end_s));
      ++counts_at(reference.start_s, k).references;
    }
    const auto pairs = largest_matching(partners, detections.size());
    for (std::size_t i = 0; i < references.size(); ++i) {
      if (!pairs[i]) continue;
      ClassCounts& counts = counts_at(references[i].start_s, k);
      ++counts.detected;
      counts.delays_s.push_back(detections[*pairs[i]].start_s - references[i].start_s);
    }
    for (const auto& detection : detections) {
      if (references_[k].overlapping(detection.start_s, detection.end_s).empty()) {
        ++counts_at(detection.start_s, k).false_alarms;
      }
    }
  }

  void count_collars() {
    std::vector<Span> references_left, detections_left;
    for (std::size_t k = 0; k < references_.size(); ++k) {
      const auto& references = references_[k].spans();
      const auto& detections = detections_[k].spans();
      Partners partners;
      for (const auto& reference : references) partners.push_back(within_collars(reference, detections_[k], options_));
      const auto pairs = largest_matching(partners, detections.size());
      std::vector<bool> used(detections.size());
      for (std::size_t i = 0; i < references.size(); ++i) {
        if (!pairs[i]) {
          references_left.push_back(references[i]);
          continue;
        }
        ClassCounts& counts = counts_at(references[i].start_s, k);
        ++counts.correct, ++counts.detections;
        used[*pairs[i]] = true;
      }
      for (std::size_t i = 0; i < detections.size(); ++i) {
        if (used[i]) continue;
        ++counts_at(detections[i].start_s, k).detections;
        detections_left.push_back(detections[i]);
      }
    }
    count_substitutions(Timeline(std::move(references_left)), Timeline(std::move(detections_left)));
  }

  void count_substitutions(const Timeline& references, const Timeline& detections) {
    Partners partners;
    for (const auto& reference : references.spans())
      partners.push_back(within_collars(reference, detections, options_));
    const auto pairs = largest_matching(partners, detections.spans().size());
    for (std::size_t i = 0; i < pairs.size(); ++i) {
      if (pairs[i]) ++counts_[blocks_.at(references.spans()[i].start_s)].substitutions;
    }
  }

  /// The segments that a class's events touch, ascending, each once.
  std::vector<std::int64_t> active_segments(const Timeline& timeline) const {
    std::vector<std::int64_t> active;
    for (const auto& span : timeline.spans()) {
      auto first = static_cast<std::int64_t>(std::floor(span.start_s / options_.segment_s));
      const auto end = static_cast<std::int64_t>(std::ceil(span.end_s / options_.segment_s));
      if (!active.empty()) first = std::max(first, active.back() + 1);
      for (; first < end; ++first) active.push_back(first);
    }
    return active;
  }

  void count_segments() {
    std::vector<std::pair<std::int64_t, bool>> wrong;  // segment, whether missed
    for (std::size_t k = 0; k < references_.size(); ++k) {
      const auto of_references = active_segments(references_[k]), of_detections = active_segments(detections_[k]);
      auto reference = of_references.begin(), detection = of_detections.begin();
      while (reference != of_references.end() || detection != of_detections.end()) {
        const bool missed =
            detection == of_detections.end() || (reference != of_references.end() && *reference < *detection);
        const bool hit = !missed && reference != of_references.end() && *reference == *detection;
        const std::int64_t segment = missed ? *reference : *detection;
        ClassCounts& counts = counts_at(static_cast<double>(segment) * options_.segment_s + kTimeTolerance, k);
        ++(hit ? counts.segment_hits : missed ? counts.segment_missed : counts.segment_false);
        if (!hit) wrong.emplace_back(segment, missed);
        if (hit || missed) ++reference;
        if (hit || !missed) ++detection;
      }
    }
    count_segment_substitutions(std::move(wrong));
  }

  void count_segment_substitutions(std::vector<std::pair<std::int64_t, bool>> wrong) {
    std::sort(wrong.begin(), wrong.end());
    for (std::size_t i = 0; i < wrong.size();) {
      const std::int64_t segment = wrong[i].first;
      std::int64_t missed = 0, all = 0;
      for (; i < wrong.size() && wrong[i].first == segment; ++i, ++all) missed += wrong[i].second ? 1 : 0;
      const double time_s = static_cast<double>(segment) * options_.segment_s + kTimeTolerance;
      counts_[blocks_.at(time_s)].segment_substitutions += std::min(missed, all - missed);
    }
  }

  std::vector<Timeline> references_, detections_;
  Blocks blocks_;
  const ScoringOptions& options_;
  std::vector<BlockCounts> counts_;
};

void add_to(ClassCounts& sum, const ClassCounts& counts, int times) {
  for (auto field : {&ClassCounts::references, &ClassCounts::detections, &ClassCounts::correct, &ClassCounts::detected,
                     &ClassCounts::false_alarms, &ClassCounts::segment_hits, &ClassCounts::segment_false,
                     &ClassCounts::segment_missed}) {
    sum.*field += times * counts.*field;
  }
  for (int i = 0; i < times; ++i) {
    sum.delays_s.insert(sum.delays_s.end(), counts.delays_s.begin(), counts.delays_s.end());
  }
}

}  // namespace

std::vector<BlockCounts> count_events(const events::Recording& reference, const std::vector<events::Event>& detected,
                                      const std::vector<std::string>& class_names, const ScoringOptions& options) {
  check_scoring(options);
  double seconds = reference.seconds;
  if (seconds == 0) {
    for (const auto& event : reference.events) seconds = std::max(seconds, event.end_s);
  }
  return Counter(timelines(reference.events, class_names), timelines(detected, class_names), seconds, options).count();
}

BlockCounts sum_of(const std::vector<BlockCounts>& blocks, const std::vector<int>& times) {
  BlockCounts sum;
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const int count = times.empty() ? 1 : times.at(i);
    const BlockCounts& block = blocks[i];
    sum.of_class.resize(std::max(sum.of_class.size(), block.of_class.size()));
    sum.seconds += count * block.seconds;
    sum.substitutions += count * block.substitutions;
    sum.segment_substitutions += count * block.segment_substitutions;
    for (std::size_t k = 0; k < block.of_class.size(); ++k) add_to(sum.of_class[k], block.of_class[k], count);
  }
  return sum;
}

}  // namespace soundfold::event_scoring

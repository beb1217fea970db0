// SPDX-License-Identifier: Apache-2.0
#include "event_scoring/intersections.h"

#include "event_scoring/internal/timeline.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace soundfold::event_scoring {
namespace {

IntersectionCounts no_counts(std::size_t classes, double seconds) {
  IntersectionCounts counts;
  counts.seconds = seconds;
  counts.reference_s.resize(classes);
  counts.references.resize(classes);
  counts.correct.resize(classes);
  counts.wrong.resize(classes);
  counts.crossed.resize(classes * classes);
  return counts;
}

/// Seconds of a stretch that events of a timeline cover; only those marked `counted`, where it is not null.
double covered_seconds(const Timeline::Span& span, const Timeline& timeline, const std::vector<bool>* counted) {
  double seconds = 0;
  for (const std::size_t i : timeline.overlapping(span.start_s, span.end_s)) {
    if (counted == nullptr || (*counted)[i]) seconds += shared_seconds(span, timeline.spans()[i]);
  }
  return seconds;
}

bool reaches(double part, double whole, double share) {
  return whole > 0 && part >= share * whole - kTimeTolerance;
}

/// One class's curve: (false ones per hour, share of true positives), ascending, the best at each rate.
using Curve = std::vector<std::pair<double, double>>;

double effective_false_rate(const IntersectionCounts& point, std::size_t k, const PsdsRule& rule) {
  double rate = static_cast<double>(point.wrong[k]) * 3600 / point.seconds;
  const std::size_t classes = point.references.size();
  if (rule.cross_weight <= 0 || classes < 2) return rate;
  double crossed = 0;
  for (std::size_t j = 0; j < classes; ++j) {
    if (j == k || point.reference_s[j] <= 0) continue;
    crossed += static_cast<double>(point.crossed[k * classes + j]) * 3600 / point.reference_s[j];
  }
  return rate + rule.cross_weight * crossed / static_cast<double>(classes);
}

Curve curve_of(const std::vector<IntersectionCounts>& points, std::size_t k, const PsdsRule& rule) {
  Curve curve;
  for (const auto& point : points) {
    curve.emplace_back(effective_false_rate(point, k, rule),
                       static_cast<double>(point.correct[k]) / static_cast<double>(point.references[k]));
  }
  std::sort(curve.begin(), curve.end());
  double best = 0;
  for (auto& [rate, share] : curve) share = best = std::max(best, share);
  return curve;
}

double height_at(const Curve& curve, double rate) {
  double height = 0;
  for (const auto& [reached, share] : curve) {
    if (reached > rate) break;
    height = share;
  }
  return height;
}

double height_over_classes(const std::vector<Curve>& curves, double rate, double deviation_weight) {
  double sum = 0, squares = 0;
  for (const auto& curve : curves) {
    const double height = height_at(curve, rate);
    sum += height;
    squares += height * height;
  }
  const auto count = static_cast<double>(curves.size());
  const double mean = sum / count;
  return std::max(0.0, mean - deviation_weight * std::sqrt(std::max(0.0, squares / count - mean * mean)));
}

}  // namespace

std::vector<IntersectionCounts> count_intersections(const events::Recording& reference,
                                                    const std::vector<events::Event>& detected,
                                                    const std::vector<std::string>& class_names, const PsdsRule& rule,
                                                    double block_s) {
  const auto references = timelines(reference.events, class_names), detections = timelines(detected, class_names);
  const std::size_t classes = class_names.size();
  const Blocks blocks(reference.seconds, block_s);
  std::vector<IntersectionCounts> counts;
  for (std::size_t i = 0; i < blocks.count; ++i) counts.push_back(no_counts(classes, blocks.seconds_of(i)));
  for (std::size_t k = 0; k < classes; ++k) {
    std::vector<bool> accepted;
    for (const auto& span : detections[k].spans()) {
      accepted.push_back(reaches(covered_seconds(span, references[k], nullptr), span.seconds(), rule.detection_share));
      if (accepted.back()) continue;
      IntersectionCounts& at = counts[blocks.at(span.start_s)];
      ++at.wrong[k];
      for (std::size_t j = 0; j < classes && rule.cross_share > 0; ++j) {
        if (j == k) continue;
        if (reaches(covered_seconds(span, references[j], nullptr), span.seconds(), rule.cross_share)) {
          ++at.crossed[k * classes + j];
        }
      }
    }
    for (const auto& span : references[k].spans()) {
      IntersectionCounts& at = counts[blocks.at(span.start_s)];
      ++at.references[k];
      at.reference_s[k] += span.seconds();
      if (reaches(covered_seconds(span, detections[k], &accepted), span.seconds(), rule.reference_share)) {
        ++at.correct[k];
      }
    }
  }
  return counts;
}

IntersectionCounts sum_of(const std::vector<IntersectionCounts>& blocks, const std::vector<int>& times) {
  IntersectionCounts sum;
  const auto add = [](auto& to, const auto& from, int count) {
    to.resize(std::max(to.size(), from.size()));
    for (std::size_t i = 0; i < from.size(); ++i) to[i] += count * from[i];
  };
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const int count = times.empty() ? 1 : times.at(i);
    sum.seconds += count * blocks[i].seconds;
    add(sum.reference_s, blocks[i].reference_s, count);
    add(sum.references, blocks[i].references, count);
    add(sum.correct, blocks[i].correct, count);
    add(sum.wrong, blocks[i].wrong, count);
    add(sum.crossed, blocks[i].crossed, count);
  }
  return sum;
}

double psds(const std::vector<IntersectionCounts>& operating_points, const PsdsRule& rule) {
  std::vector<Curve> curves;
  for (std::size_t k = 0; !operating_points.empty() && k < operating_points[0].references.size(); ++k) {
    if (operating_points[0].references[k] > 0) curves.push_back(curve_of(operating_points, k, rule));
  }
  if (curves.empty()) return std::numeric_limits<double>::quiet_NaN();
  std::vector<double> rates = {0, rule.most_false_per_hour};
  for (const auto& curve : curves) {
    for (const auto& step : curve) rates.push_back(std::min(step.first, rule.most_false_per_hour));
  }
  std::sort(rates.begin(), rates.end());
  double area = 0;
  for (std::size_t i = 0; i + 1 < rates.size(); ++i) {
    if (rates[i + 1] > rates[i]) {
      area += (rates[i + 1] - rates[i]) * height_over_classes(curves, rates[i], rule.deviation_weight);
    }
  }
  return area / rule.most_false_per_hour;
}

}  // namespace soundfold::event_scoring

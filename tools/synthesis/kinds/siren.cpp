// SPDX-License-Identifier: Apache-2.0
#include "synthesis/internal/exact_math.h"
#include "synthesis/internal/filters.h"
#include "synthesis/internal/voice.h"
#include "synthesis/kinds/kinds.h"

#include <vector>

namespace soundfold::synthesis::kinds {
namespace {

/// Pitch over time, 0 to 1 being low to high: a wail (slow rise and fall), a yelp (fast) or two tones in turn.
Contour any_pattern(Random& body, Random& take, double seconds, double low_hz, double high_hz) {
  const int pattern = body.integer(0, 2);
  const double period_s = pattern == 0   ? in_ratio(body, 2, 7)
                          : pattern == 1 ? in_ratio(body, 0.22, 0.45)
                                         : in_ratio(body, 0.8, 1.6);
  const double rise = body.uniform(0.3, 0.6);
  std::vector<Contour::Point> points;
  for (double at_s = -take.uniform() * period_s; at_s < seconds + period_s; at_s += period_s) {
    const double from = at_s / seconds, step = period_s / seconds;
    if (pattern == 2) {
      const double glide = 0.03 * step;
      points.insert(points.end(), {{from, low_hz}, {from + 0.5 * step - glide, low_hz}, {from + 0.5 * step, high_hz}});
      points.push_back({from + step - glide, high_hz});
    } else {
      points.insert(points.end(), {{from, low_hz}, {from + rise * step, high_hz}});
    }
  }
  return points;
}

}  // namespace

Signal siren(Random body, Random take, std::size_t count) {
  Larynx horn;
  const double low_hz = in_ratio(body, 380, 750), high_hz = low_hz * body.uniform(1.3, 2.4);
  horn.pitch_hz = any_pattern(body, take, seconds_of(count), low_hz, high_hz);
  const double near_at = take.uniform(), far = take.uniform(0.2, 1);
  horn.loudness = Contour({{near_at - 0.7, far}, {near_at, 1}, {near_at + 0.7, far}});
  horn.breath = 0.01;
  horn.jitter = 0;
  horn.shimmer = 0;
  Signal sound = phonate(horn, take, seconds_of(count));
  Signal throat = sound;
  const double throat_hz = in_ratio(body, 700, 1800), q = body.uniform(0.7, 2), coloured = body.uniform(0.5, 3);
  band_pass(throat, throat_hz, q);
  add_at(sound, throat, 0, coloured);
  low_pass(sound, in_ratio(body, 1500, 6000));
  return sound;
}

}  // namespace soundfold::synthesis::kinds

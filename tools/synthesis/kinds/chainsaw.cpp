// SPDX-License-Identifier: Apache-2.0
#include "synthesis/internal/exact_math.h"
#include "synthesis/internal/filters.h"
#include "synthesis/internal/noise.h"
#include "synthesis/internal/voice.h"
#include "synthesis/kinds/kinds.h"

namespace soundfold::synthesis::kinds {
namespace {

/// Idling, then full throttle, then the saw biting into wood, in any order.
Contour throttle(Random& take) {
  std::vector<Contour::Point> points;
  double speed = take.chance(0.5) ? 0.45 : 1;
  for (double at = 0; at < 1;) {
    points.push_back({at, speed * take.uniform(0.97, 1.03)});
    if (take.chance(0.3)) speed = take.chance(0.3) ? 0.45 : take.uniform(0.8, 1.1);
    at += take.uniform(0.04, 0.15);
  }
  return points;
}

}  // namespace

Signal chainsaw(Random body, Random take, std::size_t count) {
  Larynx motor;
  const double full_hz = in_ratio(body, 105, 195);
  motor.pitch_hz = throttle(take).times(full_hz);
  motor.loudness = 1;
  motor.breath = body.uniform(0.35, 1.0);
  motor.jitter = body.uniform(0.01, 0.04);
  motor.shimmer = 0.2;
  motor.roughness = body.uniform(0, 0.5);
  Signal sound = phonate(motor, take, seconds_of(count));
  overdrive(sound, in_ratio(body, 2, 12));
  Signal muffler = sound;
  band_pass(muffler, in_ratio(body, 500, 2500), 3);
  Signal housing = sound;
  band_pass(housing, in_ratio(body, 1500, 4500), 2);
  Signal chain = white_noise(take, count);
  band_pass(chain, in_ratio(body, 2500, 5500), 0.7);
  const double ring = body.uniform(1, 4), clank = body.uniform(0.5, 2.8), rattle = in_ratio(body, 0.02, 0.4);
  add_at(sound, muffler, 0, ring);
  add_at(sound, housing, 0, clank);
  for (std::size_t i = 0; i < count; ++i) sound[i] += rattle * chain[i] * (0.3 + 0.7 * sound[i] * sound[i]);
  high_pass(sound, 80);
  return sound;
}

}  // namespace soundfold::synthesis::kinds

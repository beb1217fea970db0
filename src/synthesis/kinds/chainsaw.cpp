#include "synthesis/filters.h"
#include "synthesis/kinds/kinds.h"
#include "synthesis/larynx.h"
#include "synthesis/noise.h"

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
  const double full_hz = body.in_ratio(95, 230);
  motor.pitch_hz = throttle(take).times(full_hz);
  motor.loudness = 1;
  motor.breath = body.uniform(0.5, 1.5);
  motor.jitter = body.uniform(0.01, 0.04);
  motor.shimmer = 0.2;
  motor.roughness = body.uniform(0, 0.5);
  Signal sound = phonate(motor, take, seconds_of(count));
  overdrive(sound, body.in_ratio(1, 5));
  Signal muffler = sound;
  band_pass(muffler, body.in_ratio(500, 1500), 1);
  Signal chain = white_noise(take, count);
  band_pass(chain, body.in_ratio(2500, 5500), 0.7);
  const double ring = body.uniform(0.5, 2), rattle = body.in_ratio(0.1, 1);
  add_at(sound, muffler, 0, ring);
  for (std::size_t i = 0; i < count; ++i) sound[i] += rattle * chain[i] * (0.3 + 0.7 * sound[i] * sound[i]);
  high_pass(sound, 80);
  return sound;
}

}  // namespace soundfold::synthesis::kinds

// SPDX-License-Identifier: Apache-2.0
#include "synthesis/internal/exact_math.h"
#include "synthesis/internal/voice.h"
#include "synthesis/kinds/kinds.h"

#include <algorithm>

namespace soundfold::synthesis::kinds {
namespace {

/// What makes one dog sound unlike another.
struct Dog {
  double pitch_hz;  ///< at the height of a bark
  double throat_cm;
  double bark_s;
  double hoarseness;  ///< 0 to 1
  double pause_s;     ///< from bark to bark within a volley
  double opening;     ///< how much the mouth's opening raises the lowest formant
};

Dog any_dog(Random& body) {
  Dog dog;
  const double smallness = body.uniform();
  dog.pitch_hz = between_in_ratio(390, 850, smallness) * in_ratio(body, 0.85, 1.18);
  dog.throat_cm = between_in_ratio(27, 14.5, smallness) * in_ratio(body, 0.88, 1.14);
  dog.bark_s = between_in_ratio(0.21, 0.14, smallness) * in_ratio(body, 0.85, 1.18);
  dog.hoarseness = body.uniform();
  dog.pause_s = in_ratio(body, 0.3, 0.75);
  dog.opening = body.uniform(1.5, 2.1);
  return dog;
}

Signal bark(const Dog& dog, Random& take, double effort) {
  const double pitch_hz = dog.pitch_hz * in_ratio(take, 0.92, 1.08) * (0.85 + 0.15 * effort);
  const double top = take.uniform(0.22, 0.42);
  const double start = take.uniform(0.35, 0.7), end = take.uniform(0.35, 0.7), fall = take.uniform(0.5, 0.8);
  Call call;
  call.seconds = dog.bark_s * in_ratio(take, 0.85, 1.18);
  call.drive = 0.4 + 2 * effort;
  call.lowest_hz = 0.8 * pitch_hz;
  call.fade_in_s = 0.004;
  call.fade_out_s = 0.02;
  call.larynx.pitch_hz = Contour({{0, start}, {top, 1}, {0.65, 0.9}, {1, end}}).times(pitch_hz);
  call.larynx.loudness = Contour({{0, 0}, {0.12, 0.8}, {top, 1}, {0.65, fall}, {1, 0}});
  call.larynx.breath = Contour({{0, 0.6}, {top, 0.4}, {1, 0.8}}).times(0.4 + 1.3 * dog.hoarseness);
  call.larynx.jitter = 0.01 + 0.07 * dog.hoarseness;
  call.larynx.shimmer = 0.05 + 0.3 * dog.hoarseness;
  call.larynx.roughness = dog.hoarseness > 0.5 ? 0.6 * take.uniform() : 0;
  call.formants = tube_formants(dog.throat_cm, 4, 0.12);
  const double raised = 1 + 0.4 * (dog.opening - 1);
  move_formant(call.formants, 0, Contour({{0, 0.8}, {top, dog.opening}, {0.7, dog.opening}, {1, 0.9}}));
  move_formant(call.formants, 1, Contour({{0, 0.8}, {top, raised}, {0.7, raised}, {1, 0.9}}));
  return utter(call, take);
}

}  // namespace

Signal dog(Random body, Random take, std::size_t count) {
  const Dog one = any_dog(body);
  Signal sound(count, 0.0);
  const double total_s = seconds_of(count);
  double at_s = take.uniform(0, std::min(0.6, total_s / 2));
  const int most = take.chance(0.2) ? 1 : take.integer(3, 9);
  int left_in_volley = take.integer(2, 5);
  for (int n = 0; n < most && at_s < total_s - 0.1; ++n) {
    const double effort = take.uniform(0.3, 1);
    add_at(sound, bark(one, take, effort), at_s, 0.4 + 0.6 * effort);
    at_s += one.bark_s + one.pause_s * in_ratio(take, 0.75, 1.3);
    if (--left_in_volley > 0) continue;
    left_in_volley = take.integer(2, 5);
    at_s += take.uniform(0, 0.7);
  }
  return sound;
}

}  // namespace soundfold::synthesis::kinds

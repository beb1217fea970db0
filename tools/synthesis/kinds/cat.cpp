// SPDX-License-Identifier: Apache-2.0
#include "synthesis/internal/exact_math.h"
#include "synthesis/internal/voice.h"
#include "synthesis/kinds/kinds.h"

#include <algorithm>

namespace soundfold::synthesis::kinds {
namespace {

/// What makes one cat sound unlike another.
struct Cat {
  double pitch_hz;
  double throat_cm;
  double meow_s;
  double hoarseness;  ///< 0 to 1
  double pause_s;
  double opening;  ///< how far the open mouth raises the lowest formant
};

Cat any_cat(Random& body) {
  Cat cat;
  cat.pitch_hz = in_ratio(body, 340, 860);
  cat.throat_cm = in_ratio(body, 5.0, 7.8);
  cat.meow_s = in_ratio(body, 0.6, 1.3);
  cat.hoarseness = body.uniform();
  cat.pause_s = in_ratio(body, 0.3, 1.5);
  cat.opening = body.uniform(1.5, 2.0);
  return cat;
}

Signal meow(const Cat& cat, Random& take) {
  const double pitch_hz = cat.pitch_hz * in_ratio(take, 0.9, 1.1);
  const double top = take.uniform(0.2, 0.65);
  const double start = take.uniform(0.6, 1.0), end = take.uniform(0.6, 1.0);
  const double closed = take.uniform(0.4, 0.8), rounded = take.uniform(0.45, 0.8), fall = take.uniform(0.4, 0.9);
  Call call;
  call.seconds = cat.meow_s * in_ratio(take, 0.75, 1.3);
  call.drive = in_ratio(take, 0.15, 1.0);
  call.lowest_hz = 0.6 * pitch_hz;
  call.fade_in_s = 0.03;
  call.fade_out_s = 0.06;
  call.larynx.pitch_hz = Contour({{0, start}, {top, 1}, {1, end}}).times(pitch_hz);
  call.larynx.loudness = Contour({{0, 0}, {0.5 * top, 0.7}, {top, 1}, {0.7 + 0.3 * top, fall}, {1, 0}});
  call.larynx.breath = 0.02 + 0.4 * cat.hoarseness;
  call.larynx.jitter = 0.003 + 0.02 * cat.hoarseness;
  call.larynx.shimmer = 0.02 + 0.2 * cat.hoarseness;
  call.formants = tube_formants(cat.throat_cm, 4, 0.08);
  // m (closed), e, a (wide open), u (rounded).
  move_formant(call.formants, 0, Contour({{0, closed}, {top, cat.opening}, {1, closed}}));
  move_formant(call.formants, 1, Contour({{0, 0.8}, {top, 0.9}, {1, rounded}}));
  return utter(call, take);
}

}  // namespace

Signal cat(Random body, Random take, std::size_t count) {
  const Cat one = any_cat(body);
  Signal sound(count, 0.0);
  const double total_s = seconds_of(count);
  double at_s = take.uniform(0, std::min(0.8, total_s / 2));
  const int most = take.integer(1, 4);
  for (int n = 0; n < most && at_s < total_s - 0.2; ++n) {
    const Signal call = meow(one, take);
    add_at(sound, call, at_s, take.uniform(0.6, 1));
    at_s += seconds_of(call.size()) + one.pause_s * in_ratio(take, 0.6, 1.6);
  }
  return sound;
}

}  // namespace soundfold::synthesis::kinds

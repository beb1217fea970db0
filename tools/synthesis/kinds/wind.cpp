// SPDX-License-Identifier: Apache-2.0
#include "synthesis/internal/exact_math.h"
#include "synthesis/internal/filters.h"
#include "synthesis/internal/noise.h"
#include "synthesis/kinds/kinds.h"

namespace soundfold::synthesis::kinds {
namespace {

/// Noise through a resonance that follows the gusts: the howl of wind at an edge.
Signal howl(Random& take, const Signal& gusts, double hz, double q) {
  Signal sound = coloured_noise(take, gusts.size(), -3);
  Biquad edge = Biquad::band_pass(hz, q);
  for (std::size_t i = 0; i < sound.size(); ++i) {
    if (i % 64 == 0) edge.retune(Biquad::band_pass(hz * (0.6 + 0.8 * gusts[i]), q));
    sound[i] = edge(sound[i]) * gusts[i];
  }
  return sound;
}

}  // namespace

Signal wind(Random body, Random take, std::size_t count) {
  const Signal gusts = drift(take, count, in_ratio(body, 0.3, 1.5));
  const double rumble = in_ratio(body, 0.05, 1), rumble_slope = body.uniform(-6, -4);
  Signal sound = coloured_noise(take, count, rumble_slope);
  shape(sound, gusts);
  scale(sound, rumble);
  const int edges = body.integer(1, 3);
  for (int n = 0; n < edges; ++n) {
    const double hz = in_ratio(body, 200, 1500), q = in_ratio(body, 0.7, 8), level = in_ratio(body, 0.5, 3);
    add_at(sound, howl(take, gusts, hz, q), 0, level);
  }
  return sound;
}

}  // namespace soundfold::synthesis::kinds

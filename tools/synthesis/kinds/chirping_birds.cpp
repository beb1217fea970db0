// SPDX-License-Identifier: Apache-2.0
#include "synthesis/internal/contour.h"
#include "synthesis/internal/exact_math.h"
#include "synthesis/kinds/kinds.h"

#include <vector>

namespace soundfold::synthesis::kinds {
namespace {

/// One element of a song: a whistle that glides between pitches.
struct Note {
  double seconds;
  Contour hz;
  double trill_hz, trill_depth;
};

Note any_note(Random& body, double centre_hz) {
  const double seconds = in_ratio(body, 0.04, 0.25);
  const double a = in_ratio(body, 0.7, 1.4), b = in_ratio(body, 0.7, 1.4), c = in_ratio(body, 0.7, 1.4);
  const bool trills = body.chance(0.25);
  const double trill_hz = body.uniform(20, 60), trill_depth = trills ? body.uniform(0.02, 0.12) : 0;
  return {seconds, Contour({{0, a}, {0.5, b}, {1, c}}).times(centre_hz), trill_hz, trill_depth};
}

Signal whistle(const Note& note, double stretch) {
  Signal sound(samples_in(note.seconds * stretch));
  double turns = 0;
  for (std::size_t i = 0; i < sound.size(); ++i) {
    const double at = static_cast<double>(i) / static_cast<double>(sound.size());
    const double waver = 1 + note.trill_depth * sine(note.trill_hz * static_cast<double>(i) / kRateHz);
    turns += note.hz(at) * waver / kRateHz;
    sound[i] = sine(turns) + 0.08 * sine(2 * turns);
  }
  fade_ends(sound, 0.01, 0.02);
  return sound;
}

/// A phrase repeats some notes of the bird's few.
void sing(Signal& sound, Random body, Random& take, double loudness) {
  const double centre_hz = in_ratio(body, 2200, 5200);
  std::vector<Note> repertoire;
  const int notes = body.integer(1, 5);
  repertoire.reserve(static_cast<std::size_t>(notes));
  for (int n = 0; n < notes; ++n) repertoire.push_back(any_note(body, centre_hz));
  const double gap_s = in_ratio(body, 0.02, 0.15), pause_s = in_ratio(body, 0.3, 2);
  double at_s = take.uniform(0, pause_s);
  while (at_s < seconds_of(sound.size())) {
    const int length = take.integer(2, 9);
    for (int n = 0; n < length; ++n) {
      const Note& note = repertoire[static_cast<std::size_t>(take.integer(0, notes - 1))];
      const Signal tone = whistle(note, in_ratio(take, 0.9, 1.1));
      add_at(sound, tone, at_s, loudness * take.uniform(0.6, 1));
      at_s += seconds_of(tone.size()) + gap_s;
    }
    at_s += pause_s * in_ratio(take, 0.6, 1.6);
  }
}

}  // namespace

Signal chirping_birds(Random body, Random take, std::size_t count) {
  Signal sound(count, 0.0);
  const int birds = body.integer(1, 4);
  for (int n = 0; n < birds; ++n) {
    const double loudness = n == 0 ? 1 : in_ratio(body, 0.05, 0.7);
    sing(sound, Random(body.bits()), take, loudness);
  }
  return sound;
}

}  // namespace soundfold::synthesis::kinds

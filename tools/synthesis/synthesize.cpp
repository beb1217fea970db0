// SPDX-License-Identifier: Apache-2.0
#include "synthesis/synthesize.h"

#include "support/errors.h"

#include <algorithm>
#include <cmath>
#include <sstream>

namespace soundfold::synthesis {
namespace {

constexpr double kShortest_s = 0.1, kLongest_s = 60;

/// Animals pause; a performance of this length has at least one event.
constexpr double kLongEnough_s = 3;

/// `count` samples of a performance, from shortly before its first sound on.
Signal first_sounding(const Signal& dry, std::size_t count) {
  double peak = 0;
  for (const double x : dry) peak = std::max(peak, std::fabs(x));
  std::size_t start = 0;
  while (start < dry.size() && std::fabs(dry[start]) < 0.01 * peak) ++start;
  start -= std::min(start, samples_in(0.02));
  start = std::min(start, dry.size() - count);
  return Signal(dry.begin() + static_cast<std::ptrdiff_t>(start),
                dry.begin() + static_cast<std::ptrdiff_t>(start + count));
}

}  // namespace

void require_duration(double seconds) {
  if (seconds >= kShortest_s && seconds <= kLongest_s) return;  // false for NaN
  std::ostringstream message;
  message << "a sound's duration is " << seconds << " s; " << kShortest_s << " to " << kLongest_s << " s are possible";
  throw UsageError(message.str());
}

Sound synthesize(const SoundKind& kind, const SoundParameters& parameters) {
  require_duration(parameters.duration_s);
  const Random source = Random(parameters.source_seed).child(kind.name);
  const Random take = source.child("take " + std::to_string(parameters.take_seed));
  const std::size_t performed = samples_in(std::max(parameters.duration_s, kLongEnough_s));
  Signal dry = kind.perform(source.child("body"), take.child("performance"), performed);
  if (parameters.duration_s < kLongEnough_s) dry = first_sounding(dry, samples_in(parameters.duration_s));
  const Signal recorded = record(dry, kind.style, source.child("place"), take.child("recording"));
  Sound sound;
  sound.waveform.assign(recorded.begin(), recorded.end());
  return sound;
}

Sound synthesize(const std::string& kind, std::uint64_t seed, double duration_s) {
  Random random(seed);
  SoundParameters parameters;
  parameters.source_seed = random.bits();
  parameters.take_seed = random.bits();
  parameters.duration_s = duration_s;
  return synthesize(find_kind(kind), parameters);
}

Sound numbered_sound(std::int64_t number, std::uint64_t seed, double duration_s) {
  const auto& kinds = sound_kinds();
  auto draws = Random(seed).child("sound " + std::to_string(number));
  SoundParameters parameters;
  parameters.source_seed = draws.bits();
  parameters.take_seed = draws.bits();
  parameters.duration_s = duration_s;
  return synthesize(kinds[static_cast<std::size_t>(number) % kinds.size()], parameters);
}

}  // namespace soundfold::synthesis

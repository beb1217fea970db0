#include "synthesis/synthesize.h"

#include "support/errors.h"

#include <algorithm>
#include <sstream>

namespace soundfold::synthesis {
namespace {

constexpr double kShortest_s = 0.1, kLongest_s = 60;

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
  const Signal dry = kind.perform(source.child("body"), take.child("performance"), samples_in(parameters.duration_s));
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

}  // namespace soundfold::synthesis

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "synthesis/kind.h"

#include <cstdint>
#include <string>
#include <vector>

namespace soundfold::synthesis {

/// Version of the samples that a seed gives. Change it whenever they change.
inline constexpr int kSynthesisNumber = 1;

/// What is asked of a kind.
struct SoundParameters {
  std::uint64_t source_seed = 0;  ///< The body and the place: two sounds with the same one come from the same "animal".
  std::uint64_t take_seed = 0;    ///< The performance.
  double duration_s = 5;          ///< 0.1 to 60.
};

/// A synthesised sound: mono, within [-1, 1].
struct Sound {
  std::vector<float> waveform;
  int sample_rate_hz = kRateHz;
};

/// Throws UsageError unless a sound can have that duration.
void require_duration(double seconds);

/// The sound of that kind. The same parameters always give the same samples, on every machine with IEEE 754 doubles.
/// Safe to call from several threads. Throws UsageError for a duration out of range.
Sound synthesize(const SoundKind& kind, const SoundParameters& parameters);

/// The same by name, source and take drawn from one seed. Throws UsageError for an unknown kind.
Sound synthesize(const std::string& kind, std::uint64_t seed, double duration_s = 5);

/// Sound `number` (from 0) of a series with that seed: all kinds in turn, each sound of a source of its own.
Sound numbered_sound(std::int64_t number, std::uint64_t seed, double duration_s = 5);

}  // namespace soundfold::synthesis

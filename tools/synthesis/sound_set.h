// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace soundfold::synthesis {

/// ESC-50's number of folds.
inline constexpr int kFolds = 5;

/// What a data set is made of.
struct SoundSetOptions {
  std::filesystem::path folder;
  std::vector<std::string> kinds = {"dog", "cat", "rain", "clock_tick", "siren"};
  int clips_per_fold = 8;    ///< Of each kind, 1 to 500; ESC-50 has 8.
  int takes_per_source = 2;  ///< Clips that come from one source ("one dog"), 1 to 26.
  std::uint64_t seed = 0;    ///< Another seed, other sources.
  double duration_s = 5;     ///< Of each clip, 0.1 to 60 s; ESC-50 has 5.
};

/// What was done.
struct SoundSetReport {
  std::size_t written = 0;
  std::size_t kept = 0;  ///< Were there from an earlier run.
};

/// Writes the data set in ESC-50's layout: `audio/<fold>-<source>-<take>-<target>.wav` (mono, 16 bits, 16 kHz) and
/// `meta/esc50.csv` (filename, fold, target, category, esc10, src_file, take). A source's takes all lie in one fold.
/// `meta/synthesis.txt` says what the set was made from. Files appear whole or not at all and the CSV last; a second
/// run keeps what is there and resumes where the first one stopped.
///
/// Throws UsageError for options out of range, for an unknown kind or one named twice, and when the folder holds a set
/// made from other options; DataError when it holds something else, or cannot be written; Interrupted between two clips
/// when a stop was requested.
SoundSetReport write_sound_set(const SoundSetOptions& options);

}  // namespace soundfold::synthesis

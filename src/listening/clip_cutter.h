// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "events/event.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <string>
#include <vector>

namespace soundfold::listening {

struct ClipOptions {
  std::filesystem::path folder;  ///< gets a folder for each class
  double margin_s = 0.5;         ///< before and after the event; 0 to 60
  double longest_s = 60;         ///< of a longer event its last seconds; 1 to 3600
};

/// Cuts events out of the sound that they were found in: `folder/label/name_start_end.wav` (16 bits, mono), the layout
/// that trainer takes as data. Keeps at least twice
/// longest_s and its margins of sound in memory, at most three times.
class ClipCutter {
 public:
  /// `name`: what the files' names begin with. Makes the folder. Throws UsageError for options out of range.
  ClipCutter(ClipOptions options, const std::string& name, int sample_rate_hz);

  /// The next samples. Writes the clips that are now complete. Throws DataError.
  void push(const float* samples, std::size_t count);
  /// Cuts an event that has ended, as soon as the margin after it is there. Returns the file that it will be in.
  std::filesystem::path cut(const events::Event& event);
  /// The sound ends here: writes what waits.
  void finish();

  /// The file of an event.
  std::filesystem::path path_of(const events::Event& event) const;

 private:
  struct Waiting {
    std::filesystem::path path;
    std::int64_t begin = 0, end = 0;  ///< samples from the start of the sound
  };
  std::int64_t sample_at(double seconds) const;
  void write(const Waiting& clip) const;
  void write_complete();
  void forget_old();

  ClipOptions options_;
  std::string name_;
  int sample_rate_hz_;
  std::vector<float> kept_;      ///< from kept_from_ on
  std::int64_t kept_from_ = 0;   ///< first sample still there
  std::int64_t received_ = 0;    ///< samples so far
  std::deque<Waiting> waiting_;  ///< not all of their sound is there yet
};

/// A name as part of a file's name: bytes that file systems or shells give a meaning to become '_'; never empty, "." or
/// "..".
std::string file_name_of(const std::string& name);

}  // namespace soundfold::listening

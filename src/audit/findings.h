// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "audit/material.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace soundfold::audit {

/// What was found, in the order in which findings are listed.
enum class Kind {
  unreadable,      ///< the file cannot be decoded
  equal_bytes,     ///< files of the same bytes
  near_duplicate,  ///< the same recording, by their embeddings
  label_suspect,   ///< the clips most like it have another label
  class_rule,      ///< a class that length, padding or format alone gives away
  silent,          ///< below -60 dBFS, or nearly all padding
  clipped,
  dc_offset,
  band_limited,   ///< nothing in the upper part of what the network gets
  mixed_formats,  ///< rates, channels or formats that few clips have
};
inline constexpr Kind kAllKinds[] = {Kind::unreadable,   Kind::equal_bytes,  Kind::near_duplicate, Kind::label_suspect,
                                     Kind::class_rule,   Kind::silent,       Kind::clipped,        Kind::dc_offset,
                                     Kind::band_limited, Kind::mixed_formats};
/// Those that need no file to be decoded: all that there may be in findings on Material without facts.
inline constexpr Kind kStoredKinds[] = {Kind::unreadable, Kind::equal_bytes, Kind::near_duplicate, Kind::label_suspect};

/// error: results would be wrong (a clip in training and test); warning: to be looked at; note: to be known.
enum class Severity { error, warning, note };

/// "near_duplicate"; "warning".
const char* kind_name(Kind kind);
const char* severity_name(Severity severity);
/// "Near duplicates", for headings.
const char* kind_heading(Kind kind);

/// One thing that was found.
struct Finding {
  Kind kind = Kind::unreadable;
  Severity severity = Severity::note;
  std::vector<std::size_t> clips;  ///< indices into the data set; those to hear side by side first
  double score = 0;                ///< larger is listed first; what it is depends on the kind
  std::string sentence;
  std::string fix;  ///< a line of YAML for the configuration, or of CSV for the manifest, that changes it; may be ""
};

/// Lengths, rates and formats of a class's clips.
struct ClassFacts {
  std::string name;
  std::size_t clips = 0;
  double shortest_s = 0, median_s = 0, longest_s = 0;
  double quiet = 0;                  ///< mean of AudioFacts::quiet
  std::vector<std::string> formats;  ///< "44.1 kHz, 1 channel, WAV, 16 bit: 38", most frequent first
};

struct Findings {
  std::string description;  ///< of the data
  std::vector<std::string> notes;
  std::vector<dataset::Clip> clips;
  std::vector<std::string> class_names, parts;
  std::vector<Finding> list;  ///< by kind, then by severity and score
  std::vector<ClassFacts> classes;

  /// "dog" or "dog; rain" of a clip.
  std::string labels_of(std::size_t clip) const;
  std::size_t count(Kind kind) const;
};

/// Everything at once; docs/audit.md has the rules and their thresholds.
Findings find_all(const Material& material);

}  // namespace soundfold::audit

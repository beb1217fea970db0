// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "audit/audio_facts.h"
#include "config/experiment.h"
#include "dataset/dataset.h"
#include "splits/splits.h"

#include <cstddef>
#include <string>
#include <vector>

namespace soundfold::own_data {

/// What is known of the data of an experiment before anything is embedded.
struct Overview {
  dataset::Dataset data;
  splits::Splits splits;                 ///< empty when the data cannot be split
  std::vector<std::string> parts;        ///< of each clip: "train", "fold 3", "" for none
  std::vector<audit::AudioFacts> facts;  ///< of each clip; with Look::headers only format, rate, channels and seconds
  std::vector<std::string> remarks;      ///< doubtful classes, and what reading and splitting the data logged
  std::vector<std::string> obstacles;    ///< why a training would be refused, one line each; empty: nothing is known
  std::size_t trainings = 0;             ///< 0 when the data cannot be split
};

/// How files are looked at: by their headers, which may claim what they do not hold, or decoded to their ends.
enum class Look { headers, files };

/// Reads and splits the data and looks at every file; logs nothing. Throws UsageError and, for data that cannot be
/// read, DataError as dataset/dataset.h says; Interrupted.
Overview look_at_data(const config::Experiment& experiment, Look look);

/// Seconds of sound in all clips that can be read.
double seconds_of(const Overview& overview);

}  // namespace soundfold::own_data

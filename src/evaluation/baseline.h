// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

namespace soundfold::evaluation {

/// What would have been right without this training.
struct Baseline {
  std::string what;  ///< "YAMNet's own classes"
  std::int64_t correct = 0, clips = 0;
  std::string note;       ///< how, in one sentence; may be empty
  std::string kind = {};  ///< for machines (baselines/baselines.h); may be empty
};

/// A class of the backbone's own, and its score for a clip (a mean over its windows) or for all clips of a class.
struct NamedScore {
  std::string name;
  double score = 0;
};

}  // namespace soundfold::evaluation

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <sstream>
#include <string>

namespace soundfold::deploy {

/// The larger of two differences; NaN when one of them is.
inline double larger(double a, double b) {
  return std::isnan(a) || a > b ? a : b;
}

/// "its logits differ from the trainer's by 0.5 on clip 'a.wav' (allowed: 0.0001)"; `from` is "the trainer's".
inline std::string difference_text(const std::string& from, double difference, const std::string& clip,
                                   double allowed) {
  std::ostringstream text;
  text << "its logits differ from " << from << " by " << difference << " on clip '" << clip << "' (allowed: " << allowed
       << ")";
  return text.str();
}

}  // namespace soundfold::deploy

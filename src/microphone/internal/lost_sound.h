// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

namespace soundfold::microphone {

/// Adds up sound that was lost, for a warning once a minute at most.
class LostSound {
 public:
  /// `lost_s` of sound more, found out at `now_s` of any steady clock. Returns a warning when one is due: what was lost
  /// since the one before.
  std::optional<std::string> add(double lost_s, double now_s);
  /// What no warning has told yet.
  std::optional<std::string> rest();

 private:
  int times_ = 0;
  double lost_s_ = 0;
  std::optional<double> warned_at_s_;
};

}  // namespace soundfold::microphone

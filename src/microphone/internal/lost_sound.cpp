// SPDX-License-Identifier: Apache-2.0
#include "microphone/internal/lost_sound.h"

#include "text/text.h"

namespace soundfold::microphone {
namespace {

constexpr double kBetweenWarningsS = 60;

}  // namespace

std::optional<std::string> LostSound::add(double lost_s, double now_s) {
  ++times_;
  lost_s_ += lost_s;
  if (warned_at_s_ && now_s - *warned_at_s_ < kBetweenWarningsS) return std::nullopt;
  warned_at_s_ = now_s;
  return rest();
}

std::optional<std::string> LostSound::rest() {
  if (times_ == 0) return std::nullopt;
  const std::string text = fixed(lost_s_, 2) + " s of sound lost in " + std::to_string(times_) +
                           (times_ == 1 ? " overrun" : " overruns") + ": it was not read in time";
  times_ = 0;
  lost_s_ = 0;
  return text;
}

}  // namespace soundfold::microphone

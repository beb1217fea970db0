// SPDX-License-Identifier: Apache-2.0
#include "microphone/internal/lost_sound.h"

#include <catch2/catch.hpp>

using soundfold::microphone::LostSound;

TEST_CASE("lost sound is warned of at once, then once a minute with what came together", "[microphone]") {
  LostSound lost;
  CHECK(!lost.rest());
  CHECK(lost.add(0.25, 1'000) == "0.25 s of sound lost in 1 overrun: it was not read in time");
  CHECK(!lost.add(0.5, 1'001));
  CHECK(!lost.add(1, 1'059.9));
  CHECK(lost.add(2, 1'060) == "3.50 s of sound lost in 3 overruns: it was not read in time");
  CHECK(!lost.rest());
  CHECK(!lost.add(0.75, 1'061));
  CHECK(lost.rest() == "0.75 s of sound lost in 1 overrun: it was not read in time");
  CHECK(!lost.rest());
}

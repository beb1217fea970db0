// SPDX-License-Identifier: Apache-2.0
#include "frontend/stretch.h"

#include <catch2/catch.hpp>

using namespace soundfold::frontend;

namespace {

/// "3+2" for patches 3 and 4, of 20: those of some 10 s, 0.48 s apart, each seeing 0.975 s.
std::string patches(const Stretch& stretch, std::int64_t patch_count = 20) {
  const auto range = patches_of(stretch, patch_count);
  return std::to_string(range.first) + "+" + std::to_string(range.count);
}

}  // namespace

TEST_CASE("a stretch has the windows that it covers by half", "[frontend]") {
  // Window k sees from 0.48 k to 0.48 k + 0.975; half of it is 0.4875.
  CHECK(patches({0, 10}) == "0+20");
  CHECK(patches({0, 9.6}) == "0+19");  // of number 19, which starts at 9.12, just 0.48 s
  CHECK(patches({2, 4}) == "4+4");     // 4: 1.92 to 2.895 (0.895 inside); 7: 3.36 (0.64); 8: 3.84 (0.16)
  CHECK(patches({1.92, 4}) == "3+5");  // 3: 1.44 to 2.415 (0.495)
  CHECK(patches({1.94, 4}) == "4+4");  // 3: 0.475
}

TEST_CASE("a short stretch has the windows that hold half of it", "[frontend]") {
  CHECK(patches({2.0, 2.2}) == "3+2");  // 3: 1.44 to 2.415, 4: from 1.92: both see all of it; 2 ends at 1.935
  CHECK(patches({1.9, 2.0}) == "3+2");  // of 0.1 s, 2 sees 0.035, 3 all, 4 (from 1.92) 0.08
  CHECK(patches({2.0, 2.0}) == "3+2");  // a point: the windows that see it
}

TEST_CASE("shares decide which windows are a stretch's", "[frontend]") {
  CHECK(patches({2, 4, 1, 2}) == "5+2");    // windows that lie in it: 5 (2.4 to 3.375), 6 (2.88 to 3.855)
  CHECK(patches({2, 4, 0.9, 2}) == "4+3");  // 4: 0.895 of 0.975 is 0.918
  CHECK(patches({2, 4, 0.1, 2}) == "3+6");  // 3: 0.415; 8: 0.16, 0.164 of it
  CHECK(patches({2.0, 2.2, 1, 1}) == "3+2");
}

TEST_CASE("a stretch has at least one window, the nearest", "[frontend]") {
  CHECK(patches({2.0, 2.3, 1, 2}) == "3+1");  // middle 2.15; window 3's is 1.9275, window 4's 2.4075
  CHECK(patches({2.2, 2.5, 1, 2}) == "4+1");  // middle 2.35
  CHECK(patches({9.9, 10, 1, 2}) == "19+1");  // window 20 would be nearer, and there is none
  CHECK(patches({0, 0.2, 1, 2}, 1) == "0+1");
}

TEST_CASE("other hops give other windows", "[frontend]") {
  const auto range = patches_of({2, 4}, 1000, 10);
  CHECK(range.first == 16);  // 1.6 to 2.575: 0.575 inside; number 15, from 1.5: 0.475
  CHECK(range.count == 20);  // up to number 35, from 3.5: 0.5 inside
}

TEST_CASE("a stretch's own samples are those nearest to its times, at least one", "[frontend]") {
  const auto samples = [](double start_s, double end_s, int rate_hz) {
    const auto range = samples_of({start_s, end_s}, rate_hz);
    return std::to_string(range.begin) + " " + std::to_string(range.end);
  };
  CHECK(samples(0, 3, 16'000) == "0 48000");
  CHECK(samples(1.23456, 2.00004, 16'000) == "19753 32001");  // 19752.96 and 32000.64
  CHECK(samples(1.5, 2, 44'100) == "66150 88200");
  CHECK(samples(0.5, 0.50001, 16'000) == "8000 8001");
}

TEST_CASE("a stretch as a media fragment", "[frontend]") {
  CHECK(fragment_text({12.48, 14.4}) == "#t=12.480,14.400");
}

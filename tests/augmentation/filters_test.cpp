// SPDX-License-Identifier: Apache-2.0
#include "augmentation/filters.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <complex>

using namespace soundfold::augmentation;

namespace {

constexpr double kRate = 16000;

/// Gain in dB at a frequency, from the coefficients.
double gain_at(const Biquad& f, double hz) {
  const auto z = std::polar(1.0, -2 * std::acos(-1.0) * hz / kRate);  // z^-1
  return 20 * std::log10(std::abs((f.b0 + f.b1 * z + f.b2 * z * z) / (1.0 + f.a1 * z + f.a2 * z * z)));
}

bool is_stable(const Biquad& f) {
  return std::abs(f.a2) < 1 && std::abs(f.a1) < 1 + f.a2;
}

}  // namespace

TEST_CASE("shelves and peaks have their gain where they should, and half of it at a shelf's corner", "[augmentation]") {
  for (const double db : {-12.0, -3.0, 6.0, 24.0}) {
    CAPTURE(db);
    CHECK(gain_at(low_shelf(300, db, kRate), 0) == Approx(db));
    CHECK(gain_at(low_shelf(300, db, kRate), 300) == Approx(db / 2));
    CHECK(gain_at(low_shelf(300, db, kRate), 7999) == Approx(0).margin(0.01));
    CHECK(gain_at(high_shelf(3000, db, kRate), 8000) == Approx(db));
    CHECK(gain_at(high_shelf(3000, db, kRate), 3000) == Approx(db / 2));
    CHECK(gain_at(high_shelf(3000, db, kRate), 1) == Approx(0).margin(0.01));
    CHECK(gain_at(peak(1000, 1, db, kRate), 1000) == Approx(db));
    CHECK(gain_at(peak(1000, 1, db, kRate), 0) == Approx(0).margin(1e-9));
    CHECK(gain_at(peak(1000, 1, db, kRate), 8000) == Approx(0).margin(1e-9));
    CHECK(is_stable(low_shelf(80, db, kRate)));
    CHECK(is_stable(high_shelf(6000, db, kRate)));
    CHECK(is_stable(peak(400, 2, db, kRate)));
  }
  CHECK(gain_at(peak(1000, 4, 12, kRate), 1200) < gain_at(peak(1000, 1, 12, kRate), 1200));
}

TEST_CASE("low-pass and high-pass are Butterworth's: 3.01 dB at the corner, 12 dB an octave", "[augmentation]") {
  CHECK(gain_at(low_pass(2000, kRate), 2000) == Approx(10 * std::log10(0.5)));
  CHECK(gain_at(high_pass(400, kRate), 400) == Approx(10 * std::log10(0.5)));
  CHECK(gain_at(low_pass(2000, kRate), 0) == Approx(0).margin(1e-9));
  CHECK(gain_at(high_pass(400, kRate), 8000) == Approx(0).margin(1e-9));
  CHECK(gain_at(high_pass(400, kRate), 50) - gain_at(high_pass(400, kRate), 25) == Approx(12.04).margin(0.05));
}

TEST_CASE("a filter is its difference equation, from rest", "[augmentation]") {
  // y[n] = x[n] + 0.5 x[n-1] + 0.25 x[n-2] - 0.5 y[n-1]
  const Biquad filter{1, 0.5, 0.25, 0.5, 0};
  CHECK(filtered({1, 0, 0, 2}, filter) == std::vector<float>{1, 0, 0.25F, 1.875F});
  CHECK(filtered({0.5F, -1}, Biquad()) == std::vector<float>{0.5F, -1});
  CHECK(filtered({}, filter).empty());
}

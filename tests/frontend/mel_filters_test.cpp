// SPDX-License-Identifier: Apache-2.0
#include "frontend/mel_filters.h"

#include "frontend/log_mel.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <numeric>

using namespace soundfold::frontend;

namespace {

constexpr double kMatrixTolerance = 2e-5;  // of the formula against the published matrix

double weight(int bin, int band) {
  return mel_matrix()[static_cast<std::size_t>(bin * kMelBands + band)];
}

double column_sum(int band) {
  double sum = 0;
  for (int bin = 0; bin < kSpectrumBins; ++bin) sum += weight(bin, band);
  return sum;
}

/// The row's weights above 0, in band order starting at `first_band`; every other band must be 0.
void check_row(int bin, int first_band, const std::vector<double>& expected) {
  for (int band = 0; band < kMelBands; ++band) {
    CAPTURE(bin, band);
    const int slot = band - first_band;
    const bool named = slot >= 0 && slot < static_cast<int>(expected.size());
    CHECK(weight(bin, band) == Approx(named ? expected[static_cast<std::size_t>(slot)] : 0.0).margin(kMatrixTolerance));
  }
}

}  // namespace

TEST_CASE("the mel matrix has the published check values", "[frontend]") {
  // Recipe, section 5: read off the constants of google/yamnet/1.
  const std::vector<float>& matrix = mel_matrix();
  REQUIRE(matrix.size() == 257 * 64);
  CHECK(std::count_if(matrix.begin(), matrix.end(), [](float x) { return x != 0; }) == 461);
  CHECK(std::accumulate(matrix.begin(), matrix.end(), 0.0) == Approx(230.91360).margin(1e-3));
  CHECK(mel_filters().lowest_bin == 5);
  CHECK(mel_filters().highest_bin == 239);
  check_row(5, 0, {0.947692, 0.052308});
  check_row(6, 1, {0.933108, 0.066892});
  check_row(7, 2, {0.953636, 0.046364});
  check_row(8, 2, {0.006930, 0.993070});
  CHECK(column_sum(0) == Approx(0.947692).margin(kMatrixTolerance));
  CHECK(column_sum(1) == Approx(0.985417).margin(kMatrixTolerance));
  CHECK(column_sum(2) == Approx(1.027458).margin(kMatrixTolerance));
  CHECK(column_sum(61) == Approx(8.331037).margin(1e-4));
  CHECK(column_sum(62) == Approx(8.648657).margin(1e-4));
  CHECK(column_sum(63) == Approx(8.944186).margin(1e-4));
}

TEST_CASE("bands are as wide as published", "[frontend]") {
  const auto& counts = mel_filters().bin_count;
  const std::vector<int> first(counts.begin(), counts.begin() + 10);
  const std::vector<int> last(counts.end() - 4, counts.end());
  CHECK(first == std::vector<int>{1, 2, 3, 3, 2, 2, 2, 2, 3, 3});
  CHECK(last == std::vector<int>{16, 17, 17, 17});
}

TEST_CASE("the bands without their zeros are the matrix", "[frontend]") {
  const MelFilters& filters = mel_filters();
  std::vector<float> rebuilt(257 * 64, 0.0f);
  for (std::size_t band = 0; band < 64; ++band) {
    for (int i = 0; i < filters.bin_count[band]; ++i) {
      rebuilt[static_cast<std::size_t>(filters.first_bin[band] + i) * 64 + band] =
          filters.weights[static_cast<std::size_t>(filters.first_weight[band] + i)];
    }
  }
  CHECK(rebuilt == mel_matrix());
}

TEST_CASE("triangles are linear in mel, not in Hz, and not scaled by area", "[frontend]") {
  // librosa's and torchaudio's "htk" filters interpolate in Hz, which gives bin 200 (6250 Hz) other weights.
  const auto mel = [](double hz) { return 1127.0 * std::log(1.0 + hz / 700.0); };
  const auto hz = [](double m) { return 700.0 * (std::exp(m / 1127.0) - 1.0); };
  const double step = (mel(7500) - mel(125)) / 65;
  const int edge = static_cast<int>((mel(6250) - mel(125)) / step);  // 6250 Hz lies between this edge and the next
  const double low = mel(125) + step * edge;
  const double in_mel = (mel(6250) - low) / step;
  const double in_hz = (6250 - hz(low)) / (hz(low + step) - hz(low));
  REQUIRE(std::abs(in_mel - in_hz) > 1e-3);
  CHECK(weight(200, edge) == Approx(in_mel).margin(kMatrixTolerance));
  CHECK(weight(200, edge - 1) == Approx(1 - in_mel).margin(kMatrixTolerance));
  CHECK(*std::max_element(mel_matrix().begin(), mel_matrix().end()) > 0.99f);
}

TEST_CASE("the mean of the signal belongs to no band", "[frontend]") {
  for (int band = 0; band < 64; ++band) CHECK(weight(0, band) == 0);
}

TEST_CASE("the window is the periodic Hann window", "[frontend]") {
  const std::vector<float>& window = hann_window();
  REQUIRE(window.size() == 400);
  CHECK(window[0] == 0.0f);
  CHECK(window[100] == Approx(0.5f));
  CHECK(window[200] == 1.0f);
  // A symmetric window would return to 0 at its last sample.
  CHECK(window[399] == Approx(0.5 - 0.5 * std::cos(2 * M_PI / 400)).epsilon(1e-5));
  for (std::size_t k = 1; k < 400; ++k) CHECK(window[k] == Approx(window[400 - k]).margin(1e-7));
  for (std::size_t k = 0; k < 400; ++k) CHECK(window[k] == static_cast<float>(hann_window_float64()[k]));
}

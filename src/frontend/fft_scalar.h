#pragma once

#include <cmath>
#include <complex>
#include <cstddef>

// kissfft<> takes its number type as a template parameter. With a type that holds two numbers it transforms two frames
// at the cost of one, because SSE2 and NEON compute two float64 at a time. std::complex of such a type is only known to
// work with libstdc++; elsewhere FftScalar is a plain double and frames are transformed one by one.
#if defined(__GNUC__) && defined(__GLIBCXX__)

namespace soundfold::frontend {

/// Two float64 numbers that go through the same arithmetic side by side, and never meet.
class DoublePair {
 public:
  DoublePair() = default;
  DoublePair(double both) : pair_{both, both} {}  // NOLINT: kissfft mixes in plain numbers
  /// The first number; kissfft asks for it where both are equal, in its tables.
  operator double() const { return pair_[0]; }  // NOLINT

  DoublePair(double first, double second) : pair_{first, second} {}
  /// Both numbers, rounded to float32.
  void store(float* two) const {
    two[0] = static_cast<float>(pair_[0]);
    two[1] = static_cast<float>(pair_[1]);
  }

  DoublePair& operator+=(const DoublePair& other) { return *this = *this + other; }
  DoublePair& operator-=(const DoublePair& other) { return *this = *this - other; }
  DoublePair& operator*=(const DoublePair& other) { return *this = *this * other; }
  friend DoublePair operator+(const DoublePair& a, const DoublePair& b) { return DoublePair(a.pair_ + b.pair_); }
  friend DoublePair operator-(const DoublePair& a, const DoublePair& b) { return DoublePair(a.pair_ - b.pair_); }
  friend DoublePair operator*(const DoublePair& a, const DoublePair& b) { return DoublePair(a.pair_ * b.pair_); }
  friend DoublePair operator-(const DoublePair& a) { return DoublePair(-a.pair_); }

  // What kissfft and std::exp(std::complex) need while tables are filled.
  friend DoublePair operator*(std::size_t a, const DoublePair& b) { return DoublePair(static_cast<double>(a)) * b; }
  friend DoublePair operator/(const DoublePair& a, std::size_t b) {
    return DoublePair(a.pair_[0] / static_cast<double>(b));
  }
  friend bool operator>=(const DoublePair& a, int b) { return a.pair_[0] >= b; }
  friend DoublePair exp(const DoublePair& a) { return DoublePair(std::exp(a.pair_[0])); }
  friend DoublePair cos(const DoublePair& a) { return DoublePair(std::cos(a.pair_[0])); }
  friend DoublePair sin(const DoublePair& a) { return DoublePair(std::sin(a.pair_[0])); }

 private:
  typedef double Pair __attribute__((vector_size(16)));
  explicit DoublePair(Pair pair) : pair_(pair) {}
  Pair pair_;
};

using FftScalar = DoublePair;
inline constexpr int kFftLanes = 2;  ///< frames per transform
/// Sample `i` of the first kFftLanes frames.
inline DoublePair load_lanes(const float* const* frames, int i) {
  return {static_cast<double>(frames[0][i]), static_cast<double>(frames[1][i])};
}
inline void store_lanes(const DoublePair& numbers, float* floats) {
  numbers.store(floats);
}

}  // namespace soundfold::frontend

#else

namespace soundfold::frontend {

using FftScalar = double;
inline constexpr int kFftLanes = 1;
inline double load_lanes(const float* const* frames, int i) {
  return static_cast<double>(frames[0][i]);
}
inline void store_lanes(double number, float* floats) {
  *floats = static_cast<float>(number);
}

}  // namespace soundfold::frontend

#endif

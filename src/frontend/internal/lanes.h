// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <complex>
#include <cstddef>

namespace soundfold::frontend {

// kissfft<> takes its number type as a template parameter. With a type that holds several numbers it transforms as many
// frames at the cost of one. std::complex of such a type is only known to work with libstdc++; elsewhere frames are
// transformed one by one.
#if defined(__GNUC__) && defined(__GLIBCXX__)

/// The float64 numbers of a Processor::Numbers, a GNU vector, that go through the same arithmetic in parallel and are
/// never combined. The parameter is not a number, so that code made for different processors never shares a name.
template <typename Processor>
class Lanes {
 public:
  using Numbers = typename Processor::Numbers;
  static constexpr int kCount = sizeof(Numbers) / sizeof(double);

  Lanes() = default;
  Lanes(double all) {  // NOLINT: kissfft mixes in plain numbers
    for (int lane = 0; lane < kCount; ++lane) numbers_[lane] = all;
  }
  /// The first number; kissfft asks for it where all are equal, in its tables.
  operator double() const { return numbers_[0]; }  // NOLINT

  /// Sample `i` of the first kCount frames.
  static Lanes load(const float* const* frames, int i) {
    Lanes loaded;
    for (int lane = 0; lane < kCount; ++lane) loaded.numbers_[lane] = static_cast<double>(frames[lane][i]);
    return loaded;
  }
  /// All numbers, rounded to float32.
  void store(float* floats) const {
    for (int lane = 0; lane < kCount; ++lane) floats[lane] = static_cast<float>(numbers_[lane]);
  }

  Lanes& operator+=(const Lanes& other) { return *this = *this + other; }
  Lanes& operator-=(const Lanes& other) { return *this = *this - other; }
  Lanes& operator*=(const Lanes& other) { return *this = *this * other; }
  friend Lanes operator+(const Lanes& a, const Lanes& b) { return Lanes(a.numbers_ + b.numbers_); }
  friend Lanes operator-(const Lanes& a, const Lanes& b) { return Lanes(a.numbers_ - b.numbers_); }
  friend Lanes operator*(const Lanes& a, const Lanes& b) { return Lanes(a.numbers_ * b.numbers_); }
  friend Lanes operator-(const Lanes& a) { return Lanes(-a.numbers_); }

  // What kissfft and std::exp(std::complex) need while tables are filled.
  friend Lanes operator*(std::size_t a, const Lanes& b) { return Lanes(static_cast<double>(a)) * b; }
  friend Lanes operator/(const Lanes& a, std::size_t b) { return Lanes(a.numbers_[0] / static_cast<double>(b)); }
  friend bool operator>=(const Lanes& a, int b) { return a.numbers_[0] >= b; }
  friend Lanes exp(const Lanes& a) { return Lanes(std::exp(a.numbers_[0])); }
  friend Lanes cos(const Lanes& a) { return Lanes(std::cos(a.numbers_[0])); }
  friend Lanes sin(const Lanes& a) { return Lanes(std::sin(a.numbers_[0])); }

 private:
  explicit Lanes(Numbers numbers) : numbers_(numbers) {}
  Numbers numbers_;
};

/// What every processor of its kind has: SSE2 and NEON compute two float64 at a time.
struct AnyProcessor {
  typedef double Numbers __attribute__((vector_size(16)));
};

template <typename Processor>
using FftNumber = Lanes<Processor>;
template <typename Processor>
FftNumber<Processor> load_lanes(const float* const* frames, int i) {
  return Lanes<Processor>::load(frames, i);
}
template <typename Processor>
void store_lanes(const Lanes<Processor>& numbers, float* floats) {
  numbers.store(floats);
}

#else

struct AnyProcessor {
  using Numbers = double;
};

template <typename Processor>
using FftNumber = double;
template <typename Processor>
double load_lanes(const float* const* frames, int i) {
  return static_cast<double>(frames[0][i]);
}
inline void store_lanes(double number, float* floats) {
  *floats = static_cast<float>(number);
}

#endif

}  // namespace soundfold::frontend

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/random.h"

/// The few functions that sounds are made of, written with + - * / alone: these, sqrt, floor and the conversions are
/// the same on every machine with IEEE 754 doubles, while the C library's sin, exp, log and pow differ in their last
/// bits from one library to the next. Together with -ffp-contract=off (see CMakeLists.txt) a seed gives the same
/// samples everywhere. Errors are below 1e-10, far under half a step of 16-bit sound.
namespace soundfold::synthesis {

inline constexpr double kTwoPi = 6.283185307179586476925;
/// The logarithm of e to base 2.
inline constexpr double kLogTwoOfE = 1.442695040888963407360;

/// sin(2 pi turns). `turns` may be any number up to 2^50 in size.
double sine(double turns);

/// cos(2 pi turns).
double cosine(double turns);

/// 2^x; 0 below -1000, and x is taken as 1000 above that.
double power_of_two(double x);

/// The logarithm of x > 0 to base 2.
double log_of_base_two(double x);

/// The amplitude of `decibels`: 10^(decibels / 20).
double amplitude_of(double decibels);

/// The factor that, applied once a sample, lets an amplitude fall by 60 dB in `seconds` (above 0).
double decay_per_sample(double seconds);

/// From `low` (at 0) to `high` (at 1) in equal ratios. Both are above 0.
double between_in_ratio(double low, double high, double position);

/// Drawn from `low` to `high`, evenly in ratio: as likely between 1 and 2 as between 2 and 4. Both are above 0.
double in_ratio(Random& random, double low, double high);

}  // namespace soundfold::synthesis

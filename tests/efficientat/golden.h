// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "efficientat/published_file.h"
#include "support/files.h"
#include "testing/state_dict_file.h"
#include "testing/testing.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

/// Values that reference.py beside this file computed in float64, and what they were computed of.
namespace soundfold::testing {

inline const nlohmann::json& efficientat_golden() {
  static const auto json = nlohmann::json::parse(read_file(source_folder() / "tests" / "efficientat" / "golden.json"));
  return json;
}

/// What EfficientAT's reader makes of the generated tensors of a network.
inline weights::Weights efficientat_weights(const network::Description& network) {
  const TempFolder folder;
  write_file_atomically(folder / "mn.pt",
                        state_dict_bytes(efficientat_tensors(*network.mobilenet, network.class_count)));
  std::vector<std::string> names;
  for (std::int64_t i = 0; i < network.class_count; ++i) names.push_back("class " + std::to_string(i));
  return efficientat::read_efficientat(folder / "mn.pt", network, names);
}

/// A patch [frames, 128].
inline std::vector<float> efficientat_patch(std::int64_t frames) {
  std::vector<float> values;
  for (std::int64_t i = 0; i < frames * 128; ++i) {
    values.push_back(static_cast<float>(4 * generated_value(7, static_cast<std::uint64_t>(i)) - 4));
  }
  return values;
}

/// A tone in noise, at 32 kHz.
inline std::vector<float> efficientat_signal(std::size_t count) {
  constexpr double kTwoPi = 6.283185307179586476925;
  std::vector<float> samples;
  for (std::size_t i = 0; i < count; ++i) {
    samples.push_back(static_cast<float>(0.5 * std::sin(kTwoPi * 997 * static_cast<double>(i) / 32'000) +
                                         0.25 * generated_value(11, i)));
  }
  return samples;
}

/// The largest difference; infinite when the lengths differ or a value is not a number.
inline double largest_difference_of(const std::vector<float>& found, const std::vector<double>& expected) {
  if (found.size() != expected.size()) return HUGE_VAL;
  double largest = 0;
  for (std::size_t i = 0; i < found.size(); ++i) {
    const double difference = std::abs(found[i] - expected[i]);
    if (!(difference <= largest)) largest = std::isnan(difference) ? HUGE_VAL : difference;
  }
  return largest;
}

}  // namespace soundfold::testing

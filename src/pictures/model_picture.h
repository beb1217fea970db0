// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace soundfold::pictures {

/// A box of a model's picture.
struct ModelBox {
  std::string name;    ///< "layer2"
  std::string detail;  ///< "depthwise 3x3, stride 1; pointwise"
  std::string output;  ///< shape: "[32, 48, 32]"
  std::int64_t parameters = 0;
  std::int64_t macs = 0;  ///< multiply-accumulates
  int group = 0;          ///< boxes of one group have one colour
  bool aside = false;     ///< its output does not go to the next box, which takes that of the box before
};

/// The boxes from top to bottom in the order of the data, with the input above the first, and sums below the last. The
/// bar of a box is its share of all multiply-accumulates.
std::string model_picture(const std::string& input, const std::vector<ModelBox>& boxes);

}  // namespace soundfold::pictures

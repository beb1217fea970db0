// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace soundfold::charts {

/// One line: its place on each upright axis as text, and on the last axis as a number.
struct ParallelLine {
  std::string name;
  std::vector<std::string> settings;  ///< one of each axis but the last
  double value = 0;                   ///< NaN: there is none, and the line ends before the last axis
  bool marked = false;                ///< drawn bold
};

/// Lines over upright axes, one axis for each name and a last one for `value_name`; coloured by value (viridis). Values
/// of an axis that are all numbers are sorted as such, others stay in their order of appearance. "" without lines.
std::string parallel_lines_picture(const std::vector<std::string>& axes, const std::string& value_name,
                                   const std::vector<ParallelLine>& lines);

}  // namespace soundfold::charts

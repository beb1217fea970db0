// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace soundfold::charts {

/// One of several small pictures of the same axes.
struct Panel {
  std::string title;
  std::string value_label;                            ///< of the vertical axis, with its unit
  std::vector<std::pair<double, double>> training;    ///< epoch, value; what is not finite is left out
  std::vector<std::pair<double, double>> validation;  ///< the same, on other clips; may be empty
  double best_epoch = 0;                              ///< dashed line; 0: none
  double stop_epoch = 0;                              ///< dotted line, where training was stopped early; 0: none
};

/// Each panel as a picture of its own, for a page that puts them side by side. All have one scale of epochs, and with
/// `same_values` one of values too.
std::vector<std::string> panel_pictures(const std::vector<Panel>& panels, bool same_values);

}  // namespace soundfold::charts

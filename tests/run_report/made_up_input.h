// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "run_report/report_input.h"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace soundfold::testing {

/// `clips` clips over `classes`, each of a sound of its own; every `wrong_every`-th is given the next class (0: none).
run_report::ReportInput made_up_input(std::size_t clips, const std::vector<std::string>& classes,
                                      std::size_t wrong_every);

/// "class 0", "class 1", ...
std::vector<std::string> numbered_classes(std::size_t count);

/// Gives each clip the next two sounds as neighbours, every sound a place on the map and two classes of the backbone.
void add_background(run_report::ReportInput& input);

/// Every <svg> of a page is well formed; nothing in it is fetched; its elements are closed, and each id and each sound
/// is in it once.
void check_page(const std::string& html);

/// The page's JSON block.
nlohmann::json numbers_of(const std::string& html);

}  // namespace soundfold::testing

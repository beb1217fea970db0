// SPDX-License-Identifier: Apache-2.0
#include "report_data/internal/backbone_classes.h"

#include "support/errors.h"
#include "text/names.h"
#include "text/text.h"

#include <algorithm>
#include <map>
#include <sstream>

namespace soundfold::report_data {
namespace {

/// As names are compared; of what is not UTF-8 the bytes.
std::string plain_key(std::string name) {
  std::replace(name.begin(), name.end(), '_', ' ');
  try {
    return name_key(name);
  } catch (const DataError&) {
    return lower_case(name);
  }
}

/// Numbers of the backbone's classes by each name they have.
std::map<std::string, std::vector<std::size_t>> rows_by_name(const std::vector<std::string>& backbone) {
  std::map<std::string, std::vector<std::size_t>> rows;
  for (std::size_t i = 0; i < backbone.size(); ++i) {
    rows[plain_key(backbone[i])].push_back(i);
    std::istringstream parts(backbone[i]);
    for (std::string part; std::getline(parts, part, ',');) {
      const auto key = plain_key(trimmed(part));
      auto& of_name = rows[key];
      if (std::find(of_name.begin(), of_name.end(), i) == of_name.end()) of_name.push_back(i);
    }
  }
  return rows;
}

}  // namespace

std::vector<MatchedClasses> matched_classes(const config::NameLists& known, const std::vector<std::string>& own,
                                            const std::vector<std::string>& backbone) {
  const auto by_name = rows_by_name(backbone);
  std::vector<MatchedClasses> matched(own.size());
  for (std::size_t k = 0; k < own.size(); ++k) {
    const auto found = by_name.find(plain_key(own[k]));
    if (found == by_name.end()) continue;
    matched[k].by_name = true;
    if (known.empty()) matched[k].rows = found->second;
  }
  for (const auto& [name, theirs] : known) {
    const auto k = find_name(tidy_name(name), own);
    for (const auto& their : theirs) {
      const auto row = find_name(tidy_name(their), backbone);
      if (k && row) matched[*k].rows.push_back(*row);
    }
  }
  return matched;
}

}  // namespace soundfold::report_data

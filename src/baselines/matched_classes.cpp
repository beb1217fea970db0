// SPDX-License-Identifier: Apache-2.0
#include "baselines/matched_classes.h"

#include "baselines/baselines.h"
#include "support/errors.h"
#include "text/names.h"
#include "text/text.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <sstream>

namespace soundfold::baselines {
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

std::int64_t answer_by_backbone(const float* scores, const std::vector<MatchedClasses>& matched) {
  std::int64_t answer = -1;
  float best = -1;
  for (std::size_t k = 0; k < matched.size(); ++k) {
    for (const auto row : matched[k].rows) {
      if (scores[row] <= best) continue;
      best = scores[row];
      answer = static_cast<std::int64_t>(k);
    }
  }
  return answer;
}

std::vector<evaluation::NamedScore> highest_scores(const float* scores, const std::vector<std::string>& names,
                                                   std::size_t count) {
  std::vector<std::size_t> rows(names.size());
  std::iota(rows.begin(), rows.end(), std::size_t{0});
  std::stable_sort(rows.begin(), rows.end(), [&](std::size_t a, std::size_t b) { return scores[a] > scores[b]; });
  rows.resize(std::min(count, rows.size()));
  std::vector<evaluation::NamedScore> highest;
  for (const auto row : rows) highest.push_back({names[row], static_cast<double>(scores[row])});
  return highest;
}

evaluation::Baseline own_classes_baseline(const std::vector<MatchedClasses>& matched, const std::string& backbone) {
  const auto known = std::count_if(matched.begin(), matched.end(), [](const auto& each) { return !each.rows.empty(); });
  evaluation::Baseline baseline;
  baseline.what = backbone + "'s own classes";
  baseline.note = std::to_string(known) + " of the " + std::to_string(matched.size()) +
                  " classes have one or more that match; the highest mean score decides, nothing trained";
  baseline.kind = kOwnClasses;
  return baseline;
}

bool any_matches(const std::vector<MatchedClasses>& matched) {
  return std::any_of(matched.begin(), matched.end(), [](const auto& each) { return !each.rows.empty(); });
}

std::string backbone_name(const std::string& weights) {
  return lower_case(weights).find("yamnet") == std::string::npos ? "the backbone" : "YAMNet";
}

}  // namespace soundfold::baselines

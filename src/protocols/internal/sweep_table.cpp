// SPDX-License-Identifier: Apache-2.0
#include "protocols/internal/sweep_table.h"

#include "text/csv.h"
#include "text/json_number.h"
#include "text/text.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace soundfold::protocols {
namespace {

constexpr std::size_t kNumberWidth = 3;

std::string csv_number(double value) {
  return std::isfinite(value) ? nlohmann::json(value).dump() : "";
}

using Cells = std::vector<std::string>;

/// Columns as wide as their widest cell, aligned on the right; what is behind the last column of the header runs on.
std::string aligned(const std::vector<Cells>& lines) {
  std::vector<std::size_t> widths(lines.front().size());
  for (const auto& line : lines) {
    for (std::size_t i = 0; i < widths.size(); ++i) widths[i] = std::max(widths[i], line[i].size());
  }
  std::string text;
  for (const auto& line : lines) {
    for (std::size_t i = 0; i < line.size(); ++i) {
      const auto width = i < widths.size() ? widths[i] : 0;
      if (line[i].empty() && i >= widths.size()) continue;
      text += (i == 0 ? "" : "  ") + std::string(width > line[i].size() ? width - line[i].size() : 0, ' ') + line[i];
    }
    text += "\n";
  }
  return text;
}

}  // namespace

std::string member_name(std::size_t number) {
  const auto digits = std::to_string(number);
  return digits.size() < kNumberWidth ? std::string(kNumberWidth - digits.size(), '0') + digits : digits;
}

void rank(std::vector<SweepRow>& rows, bool larger_is_better) {
  std::sort(rows.begin(), rows.end(), [&](const SweepRow& a, const SweepRow& b) {
    const bool a_failed = std::isnan(a.value), b_failed = std::isnan(b.value);
    if (a_failed != b_failed) return b_failed;
    if (!a_failed && a.value != b.value) return larger_is_better ? a.value > b.value : a.value < b.value;
    if (!a_failed && a.validation_loss != b.validation_loss) return a.validation_loss < b.validation_loss;
    return a.number < b.number;
  });
}

std::string sweep_table_text(const std::vector<SweepRow>& ranked, const std::vector<std::string>& keys,
                             config::Metric metric, std::size_t most) {
  std::vector<Cells> lines = {{"rank", "member", name_of(metric), "validation_loss", "epochs"}};
  lines.front().insert(lines.front().end(), keys.begin(), keys.end());
  for (std::size_t i = 0; i < std::min(most, ranked.size()); ++i) {
    const auto& row = ranked[i];
    Cells line = {std::to_string(i + 1), member_name(row.number), fixed(row.value, 4), fixed(row.validation_loss, 4),
                  fixed(row.epochs, 1)};
    line.insert(line.end(), row.settings.begin(), row.settings.end());
    line.push_back(row.problem);
    lines.push_back(std::move(line));
  }
  auto text = aligned(lines);
  if (ranked.size() > most) text += "(" + std::to_string(ranked.size() - most) + " more in sweep.csv)\n";
  return text;
}

std::string sweep_table_csv(const std::vector<SweepRow>& ranked, const std::vector<std::string>& keys,
                            config::Metric metric) {
  const bool with_loss = metric != config::Metric::validation_loss;  // else it is the metric
  std::string csv = "rank,member," + name_of(metric) + (with_loss ? ",validation_loss" : "") + ",epochs";
  for (const auto& key : keys) csv += "," + key;
  csv += ",problem\n";
  for (std::size_t i = 0; i < ranked.size(); ++i) {
    const auto& row = ranked[i];
    csv += std::to_string(i + 1) + "," + member_name(row.number) + "," + csv_number(row.value);
    if (with_loss) csv += "," + csv_number(row.validation_loss);
    csv += "," + csv_number(row.epochs);
    for (const auto& setting : row.settings) csv += "," + csv_field(setting);
    csv += "," + csv_field(row.problem) + "\n";
  }
  return csv;
}

nlohmann::json sweep_rows_json(const std::vector<SweepRow>& ranked, const std::vector<std::string>& keys) {
  nlohmann::json rows = nlohmann::json::array();
  for (const auto& row : ranked) {
    nlohmann::json json = {{"member", member_name(row.number)},
                           {"value", number_or_null(row.value)},
                           {"validation_loss", number_or_null(row.validation_loss)},
                           {"epochs", number_or_null(row.epochs)}};
    for (std::size_t i = 0; i < keys.size(); ++i) json["settings"][keys[i]] = row.settings[i];
    if (!row.problem.empty()) json["problem"] = row.problem;
    rows.push_back(std::move(json));
  }
  return rows;
}

}  // namespace soundfold::protocols

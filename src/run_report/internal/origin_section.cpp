// SPDX-License-Identifier: Apache-2.0
#include "pictures/svg.h"
#include "report/html.h"
#include "run_report/internal/sections.h"

#include <algorithm>

namespace soundfold::run_report {
namespace {

/// Line by line: what is escaped has no line breaks.
std::string preformatted(const std::string& text) {
  std::string lines;
  for (std::size_t from = 0; from < text.size();) {
    const auto end = std::min(text.find('\n', from), text.size());
    lines += pictures::escaped(text.substr(from, end - from)) + "\n";
    from = end + 1;
  }
  return "<pre tabindex=\"0\">" + lines + "</pre>";
}

}  // namespace

std::string origin_part(const ReportInput& input) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& [name, value] : input.facts) {
    rows.push_back(
        {pictures::escaped(name), "<code>" + pictures::escaped(pictures::shortened(value, 2'000)) + "</code>"});
  }
  std::string html = rows.empty() ? "" : report::table({"what", "value"}, rows);
  if (!input.commands.empty()) {
    std::string commands;
    for (const auto& command : input.commands) commands += command + "\n";
    html += "<h3>To repeat it</h3>\n" + preformatted(commands) + "\n";
  }
  if (input.configuration.empty()) return html;
  return html + "<details open><summary>Configuration</summary>" + preformatted(input.configuration) + "</details>\n";
}

}  // namespace soundfold::run_report

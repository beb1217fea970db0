// SPDX-License-Identifier: Apache-2.0
#include "report/html.h"

#include "pictures/svg.h"
#include "report/internal/page_parts.h"
#include "report/page_style.h"
#include "text/text.h"

#include <cctype>

namespace soundfold::report {
namespace {

constexpr std::size_t kLongestNumber = 24;

/// As the content of a script element: nothing in it ends that element.
std::string json_block(const nlohmann::json& numbers) {
  if (numbers.is_null()) return "";
  std::string text;
  for (const char c : numbers.dump(-1, ' ', /*ensure_ascii=*/true, nlohmann::json::error_handler_t::replace)) {
    text += c == '<' ? std::string("\\u003c") : std::string(1, c);
  }
  return "<script type=\"application/json\" id=\"numbers\">" + text + "</script>\n";
}

}  // namespace

std::string page(const std::string& title, const std::string& body, bool files, const nlohmann::json& numbers) {
  const std::string media = files ? "data: file:" : "data:";
  return "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
         "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
         "script-src 'unsafe-inline'; img-src data:; media-src " +
         media +
         "\">\n<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n<link rel=\"icon\" "
         "href=\"data:,\">\n<title>" +
         pictures::escaped(pictures::shortened(title, 200)) + "</title>\n<style>" + kPageStyle +
         "</style>\n</head>\n<body>\n" + body + "\n" + json_block(numbers) + "<script>" + kPageScript +
         "</script>\n</body>\n</html>\n";
}

std::string section(const std::string& id, const std::string& heading, const std::string& content) {
  if (content.empty()) return "";
  return "<section id=\"" + id + "\">\n<h2>" + pictures::escaped(heading) + "</h2>\n" + content + "\n</section>\n";
}

std::string name_html(const std::string& name) {
  const auto cut = pictures::shortened(name, 120), whole = pictures::shortened(name, 10'000);
  return (cut == whole ? "<bdi>" : "<bdi title=\"" + pictures::escaped(whole) + "\">") + pictures::escaped(cut) +
         "</bdi>";
}

std::string table(const std::vector<std::string>& header, const std::vector<std::vector<std::string>>& rows,
                  bool sortable) {
  std::string html = sortable ? "<div class=\"wide\" tabindex=\"0\"><table class=\"sortable\"><thead><tr>"
                              : "<div class=\"wide\" tabindex=\"0\"><table><thead><tr>";
  // An empty heading belongs to the bar beside it, which says nothing to a screen reader.
  for (const auto& cell : header) html += cell.empty() ? "<td></td>" : "<th scope=\"col\">" + cell + "</th>";
  html += "</tr></thead>\n<tbody>\n";
  for (const auto& row : rows) {
    html += "<tr>";
    for (const auto& cell : row) {
      // "12", "93.75 %", "7 of 8"; a sentence may begin with a digit too.
      const bool is_number = cell.size() <= kLongestNumber && std::isdigit(static_cast<unsigned char>(cell[0])) != 0;
      html += (is_number ? "<td class=\"n\">" : "<td>") + cell + "</td>";
    }
    html += "</tr>\n";
  }
  return html + "</tbody></table></div>\n";
}

std::string percent(double share) {
  return fixed(100 * share, 2) + " %";
}

std::string with_links(std::string picture) {
  const std::string role = "role=\"img\"";
  const auto at = picture.find(role);
  return at == std::string::npos ? picture : picture.replace(at, role.size(), "role=\"group\"");
}

}  // namespace soundfold::report

// SPDX-License-Identifier: Apache-2.0
#include "option_pages/option_pages.h"

#include <algorithm>
#include <cctype>
#include <sstream>

namespace soundfold::option_pages {
namespace {

/// One line of text for roff: what it would take for requests and escapes is written as such.
std::string roff(const std::string& text) {
  std::string out;
  for (const char byte : text) {
    if (byte == '\\') {
      out += "\\e";
    } else if (byte == '-') {
      out += "\\-";
    } else {
      out += byte;
    }
  }
  return !out.empty() && (out.front() == '.' || out.front() == '\'') ? "\\&" + out : out;
}

/// A paragraph for roff: each sentence begins a line, as roff wants it.
std::string paragraph(const std::string& text) {
  std::string out;
  std::size_t begin = 0;
  for (auto end = text.find(". "); end != std::string::npos; end = text.find(". ", begin)) {
    out += roff(text.substr(begin, end + 1 - begin)) + "\n";
    begin = end + 2;
  }
  return out + roff(text.substr(begin)) + "\n";
}

std::string bold(const std::string& text) {
  return "\\fB" + roff(text) + "\\fR";
}

std::string italic(const std::string& text) {
  return "\\fI" + roff(text) + "\\fR";
}

std::string in_capitals(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::toupper(c); });
  return text;
}

std::string value_of(const OptionRow& row) {
  if (row.choices.empty()) return italic(row.value);
  std::string text;
  for (const auto& choice : row.choices) text += (text.empty() ? "" : "|") + bold(choice);
  return text;
}

std::string option_entry(const OptionRow& row) {
  std::string names;
  for (const auto& name : row.names) {
    names += (names.empty() ? "" : ", ") + (row.positional ? italic(name) : bold(name));
  }
  if (!row.positional && !row.value.empty()) names += " " + value_of(row);
  std::string text = ".TP\n" + names + "\n" + paragraph(row.description);
  if (!row.default_value.empty()) text += "(default: " + roff(row.default_value) + ")\n";
  if (!row.environment.empty()) text += "(environment: " + bold(row.environment) + ")\n";
  return text;
}

std::string synopsis(const std::string& program, const std::vector<OptionRow>& rows) {
  std::string text = ".SH SYNOPSIS\n" + bold(program) + "\n[" + italic("OPTIONS") + "]\n";
  for (const auto& row : rows) {
    if (row.positional) text += "[" + italic(row.names.front()) + (row.repeated ? " ..." : "") + "]\n";
  }
  return text;
}

/// The first part of the description, for the line that whatis shows.
std::string purpose(const std::string& description) {
  auto text = description.substr(0, std::min(description.find_first_of(":;"), description.find(". ")));
  if (!text.empty() && text.back() == '.') text.pop_back();
  if (!text.empty()) text.front() = static_cast<char>(std::tolower(static_cast<unsigned char>(text.front())));
  return text;
}

/// What stands below the options of --help: indented lines are examples, to be shown as they are; a line that ends with
/// a colon heads what follows; the rest is text.
std::string footer_sections(const std::string& footer) {
  std::string out, text;
  bool in_example = false;
  const auto end_text = [&] {
    if (!text.empty()) out += paragraph(text);
    text.clear();
  };
  std::istringstream lines(footer);
  for (std::string line; std::getline(lines, line);) {
    const bool example = line.rfind("  ", 0) == 0;
    if (example != in_example) {
      end_text();
      out += example ? ".EX\n" : ".EE\n";
      in_example = example;
    }
    if (example) {
      out += roff(line.substr(2)) + "\n";
    } else if (line.empty()) {
      end_text();
    } else if (line == "Examples:") {
      out += ".SH EXAMPLES\n";
    } else if (text.empty()) {
      const bool codes = line.rfind("Exit codes: ", 0) == 0;
      out += codes ? ".SH EXIT STATUS\n" : out.find(".SH NOTES\n") == std::string::npos ? ".SH NOTES\n" : ".PP\n";
      text = codes ? line.substr(12) : line;
    } else {
      text += " " + line;
    }
  }
  end_text();
  return out + (in_example ? ".EE\n" : "");
}

}  // namespace

std::string man_page(const CLI::App& app, const std::string& version, const std::string& date) {
  const auto rows = option_rows(app);
  const auto& program = app.get_name();
  std::string text = ".TH " + in_capitals(program) + " 1 " + date + " \"soundfold " + version + "\" Soundfold\n" +
                     ".SH NAME\n" + program + " \\- " + roff(purpose(app.get_description())) + "\n" +
                     synopsis(program, rows) + ".SH DESCRIPTION\n" + paragraph(app.get_description()) + ".SH OPTIONS\n";
  for (const auto& row : rows) text += option_entry(row);
  return text + footer_sections(app.get_footer());
}

}  // namespace soundfold::option_pages

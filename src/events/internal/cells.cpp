// SPDX-License-Identifier: Apache-2.0
#include "events/internal/cells.h"

#include "text/text.h"

namespace soundfold::events {
namespace {

/// Whether the text begins with one of the characters, apart from blanks and apostrophes.
bool begins_a_formula(const std::string& text) {
  const auto first = text.find_first_not_of(" '");
  return first != std::string::npos && std::string("=+-@\"").find(text[first]) != std::string::npos;
}

}  // namespace

std::string guarded_cell(const std::string& text) {
  const std::string line = one_line(text);
  return begins_a_formula(line) ? "'" + line : line;
}

std::string guarded_path(const std::string& path) {
  const std::string line = one_line(path);
  return begins_a_formula(line) ? "./" + line : line;
}

std::string unguarded_cell(const std::string& cell) {
  return !cell.empty() && cell.front() == '\'' && begins_a_formula(cell) ? cell.substr(1) : cell;
}

}  // namespace soundfold::events

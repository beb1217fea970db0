// SPDX-License-Identifier: Apache-2.0
// docs/architecture.md says which files somebody touches who adds a head, a loss, a layout or a program.
#include "support/files.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>

#include <filesystem>
#include <map>
#include <regex>
#include <sstream>

using namespace soundfold;

TEST_CASE("adding something touches few files, which the page names", "[architecture]") {
  const std::map<std::string, std::size_t> most = {
      {"A pooling head", 4}, {"A loss", 3}, {"A data layout", 4}, {"A program", 3}, {"A backbone", 6}};
  const std::regex heading("### (.*)"), file("^- `([^`<]+)`.*");
  std::map<std::string, std::size_t> named;
  std::string what;
  std::istringstream page(read_file(testing::source_folder() / "docs/architecture.md"));
  for (std::string line; std::getline(page, line);) {
    std::smatch found;
    if (line.rfind("## ", 0) == 0) what.clear();
    if (std::regex_match(line, found, heading)) what = found[1];
    if (what.empty() || line.rfind("- `", 0) != 0) continue;
    ++named[what];
    INFO(what << ": " << line);
    if (std::regex_match(line, found, file)) {
      CHECK(std::filesystem::exists(testing::source_folder() / found[1].str()));
    }
  }
  for (const auto& [name, limit] : most) {
    INFO(name);
    CHECK(named[name] >= 1);
    CHECK(named[name] <= limit);
  }
}

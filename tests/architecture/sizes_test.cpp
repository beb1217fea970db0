// SPDX-License-Identifier: Apache-2.0
#include "architecture/rooms.h"
#include "support/files.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>

#include <cctype>
#include <sstream>

using namespace soundfold;

namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

/// Lines of the longest function that begins at `column`, as clang-format lays them out: from a line that begins there
/// with a letter to the next '}' there.
std::size_t longest_function(const std::vector<std::string>& lines, std::size_t column) {
  std::size_t longest = 0, begin = 0;
  bool inside = false;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto& line = lines[i];
    if (line.size() <= column || line.find_first_not_of(' ') != column) continue;
    if (line[column] == '}') {
      if (inside) longest = std::max(longest, i + 1 - begin);
      inside = false;
    } else if (std::isalpha(static_cast<unsigned char>(line[column])) != 0) {
      const auto starts = [&](const char* word) { return line.compare(column, std::string(word).size(), word) == 0; };
      const bool is_table = line.find(" = ") != std::string::npos;
      inside = !is_table && !starts("namespace") && !starts("class ") && !starts("struct ") && !starts("enum ");
      begin = i;
    }
  }
  return longest;
}

}  // namespace

TEST_CASE("rooms, sources and functions are small", "[architecture]") {
  CHECK(longest_function({"int f(int a,", "      int b) {", "  return a;", "}", "int g() {", "}"}, 0) == 4);
  CHECK(longest_function({"struct A {", "  int f() {", "    return 1;", "  }", "};"}, 2) == 3);
  for (const auto& room : testing::rooms()) {
    std::size_t lines = 0, files = 0;
    for (const auto& file : testing::sources_of(room.folder)) {
      const auto text = lines_of(read_file(file));
      lines += text.size();
      ++files;
      INFO(file.string());
      CHECK(text.size() <= 300);
      CHECK(longest_function(text, 0) <= 60);
      CHECK(longest_function(text, 2) <= 60);
    }
    INFO(room.name << ": " << files << " files of " << lines << " lines");
    const bool is_room = room.folder.parent_path().filename() == "src";  // tools may be larger
    CHECK((!is_room || files <= 22));
    CHECK((!is_room || lines <= 2000));
  }
}

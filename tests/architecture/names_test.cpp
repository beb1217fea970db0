// SPDX-License-Identifier: Apache-2.0
// What the compiler does not check. The sources of a room are compiled several together. Two functions of one name in
// their anonymous namespaces would then be overloads, and a call could silently reach the other source's.
#include "support/files.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>

#include <filesystem>
#include <map>
#include <regex>
#include <set>
#include <sstream>

using namespace soundfold;
namespace fs = std::filesystem;

namespace {

/// Names of the functions that begin at the first column of a source's anonymous namespaces.
std::set<std::string> functions_without_namespace(const std::string& source) {
  static const std::regex definition(R"(^[\w:<>,&*~\[\] ]*?(\w+)\(.*)");
  std::set<std::string> names;
  std::istringstream lines(source);
  bool inside = false;
  for (std::string line; std::getline(lines, line);) {
    if (line == "namespace {") inside = true;
    if (line == "}  // namespace") inside = false;
    std::smatch match;
    const bool first_column = !line.empty() && (std::isalpha(static_cast<unsigned char>(line[0])) != 0);
    if (!inside || !first_column || line.rfind("TEST_CASE", 0) == 0 || line.rfind("static_assert", 0) == 0) continue;
    if (line.find(" = ") != std::string::npos || !std::regex_match(line, match, definition)) continue;
    if (line.find("::" + match[1].str() + "(") == std::string::npos) names.insert(match[1]);
  }
  return names;
}

}  // namespace

TEST_CASE("no two sources of a room have a private function of one name", "[architecture]") {
  CHECK(functions_without_namespace(
            "namespace {\n\nint one(int a) {\n}\nvoid A::two() {\n}\n}  // namespace\nint three() {\n") ==
        std::set<std::string>{"one"});
  int rooms = 0, names = 0;
  for (const char* top : {"src", "tools", "tests"}) {
    for (const auto& room : fs::directory_iterator(testing::source_folder() / top)) {
      if (!room.is_directory()) continue;
      ++rooms;
      std::map<std::string, std::string> owner;
      for (const auto& file : fs::recursive_directory_iterator(room.path())) {
        if (file.path().extension() != ".cpp") continue;
        const auto source = read_file(file.path());
        if (source.find("int main(") != std::string::npos) continue;  // a program of its own
        for (const auto& name : functions_without_namespace(source)) {
          ++names;
          const auto [place, is_new] = owner.emplace(name, file.path().filename().string());
          INFO(room.path().string() << ": " << name << " in " << place->second << " and "
                                    << file.path().filename().string());
          CHECK(is_new);
        }
      }
    }
  }
  CHECK(rooms > 30);
  CHECK(names > 500);
}

TEST_CASE("every test carries the tag of its group, or ctest would not run it", "[architecture]") {
  const std::regex group(R"(soundfold_room_tests\((\w+)([^)]*)\))"), source(R"((\w+_test)\.cpp)");
  const std::regex title(R"re(TEST_CASE\(\s*"(?:[^"\\]|\\.)*"\s*,\s*"((?:\[[^\]]*\])+)"\))re");
  int tests = 0;
  for (const auto& room : fs::directory_iterator(testing::source_folder() / "tests")) {
    if (!fs::exists(room.path() / "CMakeLists.txt")) continue;
    const auto groups = read_file(room.path() / "CMakeLists.txt");
    for (std::sregex_iterator found(groups.begin(), groups.end(), group), end; found != end; ++found) {
      const std::string name = (*found)[1], files = (*found)[2];
      for (std::sregex_iterator file(files.begin(), files.end(), source); file != end; ++file) {
        const auto text = read_file(room.path() / ((*file)[1].str() + ".cpp"));
        for (std::sregex_iterator test(text.begin(), text.end(), title); test != end; ++test) {
          ++tests;
          INFO(name << ": " << (*test)[0].str());
          CHECK((*test)[1].str().find("[" + name + "]") != std::string::npos);
        }
      }
    }
  }
  CHECK(tests > 700);
}

TEST_CASE("rooms log through Soundfold's own logger, which is silent in other people's programs", "[architecture]") {
  const std::regex call(R"(spdlog::(trace|debug|info|warn|error|critical|log)\()");
  for (const char* top : {"src", "tools"}) {
    for (const auto& file : fs::recursive_directory_iterator(testing::source_folder() / top)) {
      if (file.path().extension() != ".cpp" && file.path().extension() != ".h") continue;
      INFO(file.path().string() << ": use logger() of support/logging.h");
      CHECK(!std::regex_search(read_file(file.path()), call));
    }
  }
}

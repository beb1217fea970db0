// SPDX-License-Identifier: Apache-2.0
#include "architecture/rooms.h"

#include "support/files.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>

#include <regex>

using namespace soundfold;
namespace fs = std::filesystem;

TEST_CASE("arrows between rooms point down, and sources include along them only", "[architecture]") {
  const std::regex include(R"re(#include "([a-z_]+)/(internal/)?[^"]*")re");
  std::set<std::string> below;
  int includes = 0;
  for (const auto& room : testing::rooms()) {
    for (const auto& other : room.includes) {
      INFO(room.name << " is above " << other);
      CHECK(below.count(other) == 1);
    }
    below.insert(room.name);
    for (const auto& file : testing::sources_of(room.folder)) {
      const auto text = read_file(file);
      for (std::sregex_iterator found(text.begin(), text.end(), include), end; found != end; ++found) {
        ++includes;
        const std::string other = (*found)[1];
        INFO(file.string() << ": " << (*found)[0].str() << "; the room's CMakeLists.txt names the rooms it includes");
        CHECK((other == room.name || room.includes.count(other) == 1));
        CHECK((other == room.name || !(*found)[2].matched));
      }
    }
  }
  CHECK(includes > 1000);
}

TEST_CASE("a room's CMakeLists.txt names no room that it does not include", "[architecture]") {
  const std::regex include(R"re(#include "([a-z_]+)/)re");
  for (const auto& room : testing::rooms()) {
    std::set<std::string> used;
    for (const auto& file : testing::sources_of(room.folder)) {
      const auto text = read_file(file);
      for (std::sregex_iterator found(text.begin(), text.end(), include), end; found != end; ++found) {
        used.insert((*found)[1]);
      }
    }
    for (const auto& other : room.includes) {
      INFO(room.name << " names " << other);
      CHECK(used.count(other) == 1);
    }
  }
}

TEST_CASE("the picture of rooms in docs/architecture.md is the one that CMake's targets give", "[architecture]") {
  const auto build = testing::build_folder();
  const auto result =
      testing::run("/usr/bin/env", {"cmake", "-DROOMS=" + (build / "rooms.txt").string(), "-DCHECK=ON", "-P",
                                    (testing::source_folder() / "scripts/architecture.cmake").string()});
  INFO(result.err);
  CHECK(result.exit_code == 0);
}

TEST_CASE("docs/architecture.md says what every room is for", "[architecture]") {
  const auto page = read_file(testing::source_folder() / "docs/architecture.md");
  for (const auto& room : testing::rooms()) {
    INFO(room.name);
    CHECK(page.find("| `" + room.name + "/` |") != std::string::npos);
  }
}

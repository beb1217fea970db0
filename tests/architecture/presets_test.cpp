// SPDX-License-Identifier: Apache-2.0
// The lists of rooms in CMakePresets.json.
#include "architecture/rooms.h"
#include "support/files.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <regex>
#include <sstream>

using namespace soundfold;

namespace {

/// The rooms that the presets give as `variable`, in order; exactly one of them gives it.
std::vector<std::string> rooms_given_as(const std::string& variable) {
  const auto presets = read_file(testing::source_folder() / "CMakePresets.json");
  const std::regex list('"' + variable + R"re(": "([^"]*)")re");
  const std::sregex_iterator found(presets.begin(), presets.end(), list);
  REQUIRE(std::distance(found, {}) == 1);
  std::istringstream text((*found)[1]);
  std::vector<std::string> names;
  for (std::string name; std::getline(text, name, ';');) names.push_back(name);
  return names;
}

}  // namespace

TEST_CASE("the fuzz preset names all rooms that its rooms include, lowest first", "[architecture]") {
  const auto named = rooms_given_as("SOUNDFOLD_ROOMS");
  std::size_t known = 0;
  for (const auto& room : testing::rooms()) {
    const auto place = std::find(named.begin(), named.end(), room.name);
    if (place == named.end()) continue;
    ++known;
    for (const auto& other : room.includes) {
      INFO(room.name << " includes " << other);
      CHECK(std::find(named.begin(), place, other) != place);
    }
  }
  CHECK(known == named.size());
}

TEST_CASE("the preset for ThreadSanitizer names the rooms that start threads", "[architecture]") {
  const auto named = rooms_given_as("SOUNDFOLD_TEST_ROOMS");
  const std::regex start(R"(\b(start_thread|run_on_threads|share_work)\()");
  int files = 0;
  for (const auto& room : testing::rooms()) {
    for (const auto& file : testing::sources_of(room.folder)) {
      if (!std::regex_search(read_file(file), start)) continue;
      ++files;
      INFO(file.string());
      CHECK(std::count(named.begin(), named.end(), room.name) == 1);
    }
  }
  CHECK(files > 10);
}

TEST_CASE("the rooms for ThreadSanitizer have tests", "[architecture]") {
  for (const auto& room : rooms_given_as("SOUNDFOLD_TEST_ROOMS")) {
    INFO(room);
    CHECK(std::filesystem::exists(testing::source_folder() / "tests" / room / "CMakeLists.txt"));
  }
}

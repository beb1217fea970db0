// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <vector>

namespace soundfold::testing {

/// A room as CMake knows it: its folder, and the rooms whose headers it may include.
struct Room {
  std::string name;
  std::filesystem::path folder;
  std::set<std::string> includes;
};

/// The rooms of this build in the order of CMake, lowest first, then the tools: rooms.txt in the build folder.
std::vector<Room> rooms();

/// The .h and .cpp files in a folder and those below, sorted.
std::vector<std::filesystem::path> sources_of(const std::filesystem::path& folder);

}  // namespace soundfold::testing

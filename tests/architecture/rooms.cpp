// SPDX-License-Identifier: Apache-2.0
#include "architecture/rooms.h"

#include "support/files.h"
#include "testing/testing.h"

#include <algorithm>
#include <sstream>

namespace soundfold::testing {
namespace fs = std::filesystem;

std::vector<Room> rooms() {
  std::vector<Room> found;
  std::istringstream lines(read_file(build_folder() / "rooms.txt"));
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string name;
    if (!(words >> name)) continue;
    name.pop_back();  // the colon
    auto room = std::find_if(found.begin(), found.end(), [&](const Room& known) { return known.name == name; });
    if (room == found.end()) {
      const auto in_src = source_folder() / "src" / name;
      room = found.insert(found.end(), {name, fs::exists(in_src) ? in_src : source_folder() / "tools" / name, {}});
    }
    for (std::string other; words >> other;) {
      if (other != name) room->includes.insert(other);
    }
  }
  return found;
}

std::vector<fs::path> sources_of(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& file : fs::recursive_directory_iterator(folder)) {
    const auto extension = file.path().extension();
    if (extension == ".h" || extension == ".cpp") files.push_back(file.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace soundfold::testing

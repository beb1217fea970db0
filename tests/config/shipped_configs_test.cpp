// SPDX-License-Identifier: Apache-2.0
#include "config/load.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>

#include <fstream>
#include <sstream>

using namespace soundfold;
namespace fs = std::filesystem;

TEST_CASE("every shipped configuration loads, is named after its file, and opens with three lines of comment",
          "[config]") {
  int count = 0;
  for (const auto& entry : fs::directory_iterator(testing::source_folder() / "configs")) {
    if (entry.path().extension() != ".yaml") continue;
    INFO(entry.path().filename().string());
    ++count;
    const bool distils = entry.path().stem().string().rfind("distill", 0) == 0;
    const auto program = distils ? config::Program::distiller : config::Program::trainer;
    CHECK(config::load_experiment(entry.path(), {}, program).name == entry.path().stem().string());
    std::ifstream in(entry.path());
    std::string line;
    for (int i = 0; i < 3; ++i) {
      std::getline(in, line);
      CHECK(line.rfind("# ", 0) == 0);
    }
  }
  CHECK(count >= 2);
}

// SPDX-License-Identifier: Apache-2.0
#include "support/processor.h"

#include <catch2/catch.hpp>

#include <fstream>
#include <string>

using namespace soundfold;

TEST_CASE("the memory that may be used is that of the machine, or less", "[support]") {
  std::ifstream file("/proc/meminfo");
  std::string name;
  std::uint64_t kb = 0;
  file >> name >> kb;
  REQUIRE(name == "MemTotal:");
  CHECK(usable_memory_bytes() > std::uint64_t{64} << 20);
  CHECK(usable_memory_bytes() <= kb << 10);
}

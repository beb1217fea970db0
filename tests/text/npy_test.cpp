// SPDX-License-Identifier: Apache-2.0
#include "text/npy.h"

#include "support/errors.h"
#include "support/files.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>

using namespace soundfold;

TEST_CASE("an array reads back as written", "[text]") {
  const testing::TempFolder folder;
  const std::vector<float> values = {1.5F, -2, 3, 4, 5, 6};
  write_npy(folder / "a.npy", {2, 3}, values.data());
  const NpyArray read = read_npy(folder / "a.npy");
  CHECK(read.shape == std::vector<std::int64_t>{2, 3});
  CHECK(read.values == values);
  // The format wants the data to start at a multiple of 64 bytes.
  CHECK((read_file(folder / "a.npy").size() - values.size() * sizeof(float)) % 64 == 0);
}

TEST_CASE("a damaged array is refused", "[text]") {
  const testing::TempFolder folder;
  const std::vector<float> values(6, 1.0F);
  const std::string good = npy_bytes({2, 3}, values.data());
  write_file_atomically(folder / "short.npy", good.substr(0, good.size() - 1));
  CHECK_THROWS_AS(read_npy(folder / "short.npy"), DataError);
  write_file_atomically(folder / "long.npy", good + "1234");
  CHECK_THROWS_AS(read_npy(folder / "long.npy"), DataError);
  write_file_atomically(folder / "not.npy", "not an array at all");
  CHECK_THROWS_AS(read_npy(folder / "not.npy"), DataError);
  for (std::size_t cut = 0; cut < 128; ++cut) {
    write_file_atomically(folder / "cut.npy", good.substr(0, cut));
    CHECK_THROWS_AS(read_npy(folder / "cut.npy"), DataError);
  }
}

// SPDX-License-Identifier: Apache-2.0
#include "audit/file_digests.h"

#include "support/hashing.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>

#include <fstream>

using namespace soundfold;
using namespace soundfold::store;
using namespace soundfold::audit;
namespace fs = std::filesystem;

namespace {

fs::path put(const testing::TempFolder& folder, const std::string& name, const std::string& text) {
  std::ofstream(folder / name, std::ios::binary) << text;
  return folder / name;
}

}  // namespace

TEST_CASE("only files that share their size are hashed; what cannot be read has no digest", "[audit]") {
  const testing::TempFolder folder;
  const std::vector<fs::path> paths = {put(folder, "a", "same"),
                                       put(folder, "b", "longer"),
                                       put(folder, "c", "same"),
                                       put(folder, "d", "SAME"),
                                       folder / "gone",
                                       folder.path(),
                                       folder / "a"};
  const std::string same = hash_bytes(HashKind::xxh3_128, "same"), other = hash_bytes(HashKind::xxh3_128, "SAME");
  for (const int threads : {1, 3}) {
    CHECK(digests_of_equal_sizes(paths, nullptr, threads) ==
          std::vector<std::string>{same, "", same, other, "", "", ""});
  }
  CHECK(digests_of_equal_sizes({}, nullptr, 1).empty());
}

TEST_CASE("a store saves hashing files again", "[audit]") {
  const testing::TempFolder folder;
  const std::vector<fs::path> paths = {put(folder, "a", "1234"), put(folder, "b", "1234")};
  Store store(folder / "store");
  store.remember({{paths[0], file_state(paths[0]), "remembered"}});
  const auto digests = digests_of_equal_sizes(paths, &store, 1);
  CHECK(digests[0] == "remembered");
  CHECK(digests[1] == hash_bytes(HashKind::xxh3_128, "1234"));
}

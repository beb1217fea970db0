// SPDX-License-Identifier: Apache-2.0
#include "assets/internal/unpack.h"

#include "assets/internal/checks.h"
#include "assets/zip_writer.h"
#include "support/errors.h"
#include "support/files.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>

using namespace soundfold;
using namespace soundfold::assets;
using Catch::Contains;
namespace fs = std::filesystem;

namespace {

Unpack limits(int strip, std::uintmax_t max_bytes = 1'000'000, std::uintmax_t max_entries = 100) {
  Unpack unpack;
  unpack.strip_components = strip;
  unpack.max_bytes = max_bytes;
  unpack.max_entries = max_entries;
  return unpack;
}

}  // namespace

TEST_CASE("a zip is unpacked without its leading folder", "[fetching]") {
  const testing::TempFolder folder;
  testing::write_zip(folder / "a.zip",
                     {{"set-master/", "", ""}, {"set-master/meta/t.csv", "x", ""}, {"set-master/b.bin", "yy", ""}});
  unpack_zip(folder / "a.zip", folder / "out", limits(1));
  CHECK(files_in(folder / "out") == std::vector<std::string>{"b.bin", "meta/t.csv"});
  CHECK(read_file(folder / "out/b.bin") == "yy");
  CHECK((fs::status(folder / "out/b.bin").permissions() & fs::perms::owner_exec) == fs::perms::none);
}

TEST_CASE("hostile zips are refused and nothing appears outside the folder", "[fetching]") {
  const testing::TempFolder folder;
  const std::string outside = (folder / "outside.txt").string();
  const std::string name = GENERATE("../outside.txt", "set/../../outside.txt", "ABSOLUTE", "LINK", "THROUGH", "TWICE");
  std::vector<testing::ZipEntry> entries{{"set/good.txt", "good", ""}};
  std::string message = "leaves the folder";
  if (name == "ABSOLUTE") {
    entries.push_back({outside, "bad", ""});
    message = "absolute path";
  } else if (name == "LINK") {
    entries.push_back({"set/link", "", "../../outside.txt"});
    message = "is a link";
  } else if (name == "THROUGH") {
    entries.push_back({"set/link", "", folder.path().string()});
    entries.push_back({"set/link/outside.txt", "bad", ""});
    message = "is a link";
  } else if (name == "TWICE") {
    entries.push_back({"set/good.txt", "bad", ""});
    message = "appears twice";
  } else {
    entries.push_back({name, "bad", ""});
  }
  testing::write_zip(folder / "a.zip", entries);
  CHECK_THROWS_AS(unpack_zip(folder / "a.zip", folder / "out", limits(0)), DataError);
  fs::remove_all(folder / "out");
  CHECK_THROWS_WITH(unpack_zip(folder / "a.zip", folder / "out", limits(0)), Contains(message) && Contains("a.zip"));
  CHECK_FALSE(fs::exists(outside));
  CHECK_FALSE(fs::exists(fs::symlink_status(folder / "out/set/link")));
}

TEST_CASE("a bomb is stopped at the limits", "[fetching]") {
  const testing::TempFolder folder;
  testing::write_zip(folder / "big.zip", {{"zeros", std::string(5'000'000, '\0'), ""}});
  REQUIRE(fs::file_size(folder / "big.zip") < 100'000);  // it really is a bomb
  CHECK_THROWS_WITH(unpack_zip(folder / "big.zip", folder / "out", limits(0)),
                    Contains("more than the 1.0 MB allowed"));
  std::uintmax_t written = 0;
  for (const auto& file : files_in(folder / "out")) written += fs::file_size(folder / "out" / file);
  CHECK(written <= 1'000'000);

  std::vector<testing::ZipEntry> many;
  for (int i = 0; i < 101; ++i) many.push_back({"f" + std::to_string(i), "x", ""});
  testing::write_zip(folder / "many.zip", many);
  CHECK_THROWS_WITH(unpack_zip(folder / "many.zip", folder / "out2", limits(0)), Contains("more than the 100 entries"));
}

TEST_CASE("damaged archives are refused", "[fetching]") {
  const testing::TempFolder folder;
  std::string noise(20'000, '\0');
  for (std::size_t i = 0; i < noise.size(); ++i) noise[i] = static_cast<char>((i * i * 31 + i * 7) >> 3);
  testing::write_zip(folder / "a.zip", {{"noise", noise, ""}});
  const std::string good = read_file(folder / "a.zip");
  SECTION("cut short") {
    write_file_atomically(folder / "a.zip", good.substr(0, good.size() / 2));
  }
  SECTION("a flipped bit") {
    std::string bad = good;
    bad[bad.size() / 2] = static_cast<char>(bad[bad.size() / 2] ^ 1);
    write_file_atomically(folder / "a.zip", bad);
  }
  SECTION("not a zip") {
    write_file_atomically(folder / "a.zip", std::string(1000, 'x'));
  }
  SECTION("nothing in it") {
    testing::write_zip(folder / "a.zip", {});
  }
  CHECK_THROWS_AS(unpack_zip(folder / "a.zip", folder / "out", limits(0)), DataError);
}

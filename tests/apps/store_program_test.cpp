// SPDX-License-Identifier: Apache-2.0
#include "extraction/fixtures.h"
#include "store/store.h"
#include "support/files.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>

using namespace soundfold;
using Catch::Contains;
namespace fs = std::filesystem;

namespace {

/// Two records of this recipe in a store.
store::Recipe make_store(const fs::path& folder, int patch_hop_frames) {
  store::Recipe recipe;
  recipe.weights_digest = "made-up";
  recipe.patch_hop_frames = patch_hop_frames;
  store::Store store(folder);
  store.remember_recipe(recipe);
  for (const char digit : {'a', 'b'}) {
    store.write({{store::record_key(std::string(32, digit), recipe), testing::made_up_clip(2, 64, 8, 1000 * digit)}});
  }
  return recipe;
}

/// Flips a byte of each copy of a record's 64 embedding values: LMDB leaves old pages in the file.
void damage_values(const fs::path& data_file, char digit) {
  std::string bytes = read_file(data_file);
  const auto clip = testing::made_up_clip(2, 64, 8, 1000 * digit);
  const std::string values(static_cast<const char*>(static_cast<const void*>(clip.embeddings.data())), 64);
  int copies = 0;
  for (auto at = bytes.find(values); at != std::string::npos; at = bytes.find(values), ++copies) {
    bytes[at] = static_cast<char>(bytes[at] ^ 1);
  }
  REQUIRE(copies > 0);
  write_file_atomically(data_file, bytes);
}

}  // namespace

TEST_CASE("store looks into, merges, verifies and prunes stores", "[apps]") {
  const testing::TempFolder folder;
  const auto run = [&](const std::vector<std::string>& arguments) {
    return testing::run("store", arguments, folder.path());
  };
  const std::string digest = make_store(folder / "one", 48).digest();
  make_store(folder / "two", 24);

  const auto merged = run({"merge", "all", "one", "two"});
  CHECK(merged.exit_code == 0);
  CHECK_THAT(merged.out, Catch::StartsWith("all: 4 records added, 0 present before, 0 different, 0 damaged"));
  CHECK_THAT(run({"merge", "all", "one", "two"}).out, Contains("0 records added, 4 present before"));

  const auto info = run({"info", "all", "--json"});
  const auto facts = nlohmann::json::parse(info.out);
  CHECK(facts["records"] == 4);
  CHECK(facts["recipes"].size() == 2);
  CHECK_THAT(run({"info", "all"}).out, Contains("recipe " + digest + ": 2 records"));

  damage_values(folder / "all/data.mdb", 'b');
  const auto verified = run({"verify", "all"});
  CHECK(verified.exit_code == 1);
  CHECK_THAT(verified.out, Catch::StartsWith("damaged: " + std::string(32, 'b') + "-") && Contains("4 records"));
  CHECK(nlohmann::json::parse(run({"verify", "all", "--json"}).out)["damaged"].size() == 2);  // of both recipes

  const auto dry = run({"prune", "all", "--dry-run", "--damaged"});
  CHECK(dry.exit_code == 0);
  CHECK_THAT(dry.out, Catch::StartsWith("damaged: 2 records") && Contains("kept: 2 records") &&
                          Catch::EndsWith("dry run: nothing was removed\n"));
  CHECK(run({"verify", "all"}).exit_code == 1);
  CHECK(run({"prune", "all", "--damaged", "--keep-recipe", digest}).exit_code == 0);
  const auto clean = run({"verify", "all", "--quiet"});
  CHECK(clean.exit_code == 0);
  CHECK(clean.err.empty());
}

TEST_CASE("mistakes on the command line of store are one line, and make nothing", "[apps]") {
  const testing::TempFolder folder;
  const std::vector<std::pair<std::vector<std::string>, int>> mistakes = {
      {{}, 2},
      {{"info"}, 2},
      {{"info", "gone"}, 1},
      {{"verify", "gone"}, 1},
      {{"prune", "gone", "--dry-run"}, 1},
      {{"merge", "out"}, 2},
      {{"merge", "out", "gone"}, 1},
      {{"merge", "out", "gone", "--damaged"}, 2},
      {{"prune", "gone", "--recipe", "abcd", "--keep-recipe", "abce"}, 2}};
  for (const auto& [arguments, code] : mistakes) {
    const auto result = testing::run("store", arguments, folder.path());
    CAPTURE(result.err);
    CHECK(result.exit_code == code);
    CHECK(result.out.empty());
    CHECK_THAT(result.err, Catch::StartsWith("store: error: "));
    CHECK(std::count(result.err.begin(), result.err.end(), '\n') == 1);
  }
  CHECK(fs::is_empty(folder.path()));
}

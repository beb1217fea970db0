// SPDX-License-Identifier: Apache-2.0
#include "shards/plan.h"

#include "support/errors.h"
#include "support/files.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>

using namespace soundfold;
using namespace soundfold::shards;

namespace {

Plan small_plan() {
  return {4, std::string(64, 'a'), 10, "weights_digest=x\n"};
}

}  // namespace

TEST_CASE("the first shard writes the plan, and the others have to have the same", "[shards]") {
  const testing::TempFolder folder;
  CHECK(!is_shard_folder(folder / "shared"));
  agree_on_plan(folder / "shared", small_plan());
  CHECK(is_shard_folder(folder / "shared"));
  const Plan plan = read_plan(folder / "shared");
  CHECK(plan.shards == 4);
  CHECK(plan.list_sha256 == std::string(64, 'a'));
  CHECK(plan.list_clips == 10);
  CHECK(plan.recipe == "weights_digest=x\n");
  CHECK_NOTHROW(agree_on_plan(folder / "shared", small_plan()));

  const auto refused = [&](const Plan& other, const std::string& why) {
    CHECK_THROWS_AS(agree_on_plan(folder / "shared", other), DataError);
    CHECK_THROWS_WITH(agree_on_plan(folder / "shared", other), Catch::Contains(why));
  };
  Plan other = small_plan();
  other.shards = 5;
  refused(other, "5 shards instead of 4");
  other = small_plan();
  other.list_sha256 = std::string(64, 'b');
  other.list_clips = 11;
  refused(other, "another list (11 clips, sha256 bbbbbbbbbbbb...)");
  other = small_plan();
  other.recipe = "weights_digest=y\n";
  refused(other, "another recipe");
  CHECK(read_plan(folder / "shared").recipe == "weights_digest=x\n");
}

TEST_CASE("a damaged plan is refused, and so is a store in its place", "[shards]") {
  const testing::TempFolder folder;
  agree_on_plan(folder / "shared", small_plan());
  const std::string text = read_file(folder / "shared/shards.json");
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string changed = text;
    changed.replace(changed.find(from), from.size(), to);
    write_file_atomically(folder / "shared/shards.json", changed);
    CHECK_THROWS_AS(read_plan(folder / "shared"), DataError);
    CHECK_THROWS_WITH(read_plan(folder / "shared"), Catch::Contains("shards.json"));
  };
  with("{", "[");
  with("\"version\": 1", "\"version\": 2");
  with("\"version\": 1", "\"version\": \"one\"");
  with("soundfold shards", "something else");
  with("\"shards\": 4", "\"shards\": 0");
  with("\"shards\": 4", "\"shards\": 100001");
  with("aaaaaaaa", "aaaaaaa");
  with("aaaaaaaa", "aaaaaaaA");
  with("\"recipe\"", "\"recipes\"");
  for (std::size_t size : {std::size_t{0}, std::size_t{1}, text.size() / 2}) {
    write_file_atomically(folder / "shared/shards.json", text.substr(0, size));
    CHECK_THROWS_AS(read_plan(folder / "shared"), DataError);
  }
  write_file_atomically(folder / "store/data.mdb", std::string_view("x"));
  CHECK_THROWS_WITH(agree_on_plan(folder / "store", small_plan()), Catch::Contains("is an embedding store"));
}

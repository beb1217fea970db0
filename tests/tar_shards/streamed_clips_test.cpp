// SPDX-License-Identifier: Apache-2.0
#include "tar_shards/streamed_clips.h"

#include "support/errors.h"
#include "support/hashing.h"
#include "tar_shards/sounds.h"
#include "testing/http_server.h"
#include "testing/machine.h"
#include "testing/stop_when.h"

#include <catch2/catch.hpp>

using namespace soundfold;
using Catch::Contains;
using testing::made_up_sounds;
using testing::records_of_folder;
using testing::stream_into;
using testing::tar_of;

namespace {

std::string put(const testing::TempFolder& folder, const std::string& name, const std::string& bytes) {
  write_file_atomically(folder / name, bytes);
  return (folder / name).string();
}

}  // namespace

TEST_CASE("sounds of tars give the records of the same files in a folder", "[tar_shards]") {
  const testing::TempFolder folder;
  auto members = made_up_sounds(folder / "sounds", 20, 1.3);
  const auto expected = records_of_folder(folder / "expected", (folder / "sounds").string());
  REQUIRE(expected.size() == 20);
  const testing::Members first(members.begin(), members.begin() + 12), second(members.begin() + 12, members.end());
  put(folder, "s-000.tar", tar_of(first));
  put(folder, "s-001.tar", tar_of(second));
  SECTION("two tars, by a range of names") {
    const auto found = stream_into(folder / "store", {(folder / "s-{000..001}.tar").string()});
    CHECK(found.records == expected);
    REQUIRE(found.paths.size() == 20);
    CHECK(found.paths[11] == (folder / "s-000.tar/000011.wav").string());
    CHECK(found.paths[12] == (folder / "s-001.tar/000012.wav").string());
    CHECK(found.totals.clip_count == 20);
    CHECK(found.totals.computed == 20);
  }
  SECTION("compressed") {
    const auto gz = put(folder, "a.tar.gz", tar_of(first, testing::TarFilter::gzip));
    const auto zst = put(folder, "b.tar.zst", tar_of(second, testing::TarFilter::zstd));
    CHECK(stream_into(folder / "store", {gz, zst}).records == expected);
  }
  SECTION("several threads") {
    const auto found =
        stream_into(folder / "store", {(folder / "s-{000..001}.tar").string()}, testing::quiet_options(false, 4));
    CHECK(found.records == expected);
    CHECK(found.totals.computed == 20);
  }
  SECTION("a tar beside files, some of them the same") {
    const auto found = stream_into(folder / "store", {(folder / "sounds").string(), (folder / "s-000.tar").string()});
    CHECK(found.records == expected);
    CHECK(found.totals.clip_count == 32);
    CHECK(found.totals.computed == 20);
    CHECK(found.totals.from_store == 12);
  }
  SECTION("again: all comes from the store") {
    stream_into(folder / "store", {(folder / "s-000.tar").string()});
    const auto again = stream_into(folder / "store", {(folder / "s-000.tar").string()});
    CHECK(again.totals.computed == 0);
    CHECK(again.totals.from_store == 12);
  }
}

TEST_CASE("the store remembers which clip of which tar a record is of", "[tar_shards]") {
  const testing::TempFolder folder;
  const auto members = made_up_sounds(folder / "sounds", 2, 1);
  const auto tar = put(folder, "a.tar", tar_of(members));
  stream_into(folder / "store", {tar});
  const store::Store store(folder / "store");
  const std::string digest = hash_bytes(HashKind::xxh3_128, members[1].second);
  const auto files = store.remembered_files({digest});
  REQUIRE(files.size() == 1);
  CHECK(files[0].path == tar + "/000001.wav");
}

TEST_CASE("a damaged member is a bad clip with its name; the others are embedded", "[tar_shards]") {
  const testing::TempFolder folder;
  auto members = made_up_sounds(folder / "sounds", 3, 1);
  members[1].second = "RIFF, and then nothing";
  members.emplace_back("link.wav", "-> 000000.wav");
  const auto tar = put(folder, "a.tar", tar_of(members));
  const auto found = stream_into(folder / "store", {tar}, testing::quiet_options(true));
  CHECK(found.totals.bad == 2);
  CHECK(found.records.size() == 2);
  CHECK_THAT(found.problems.at(1), Contains(tar + "/000001.wav: "));
  CHECK_THAT(found.problems.at(3), Contains(tar + "/link.wav: is a link"));
  CHECK_THROWS_WITH(stream_into(folder / "other", {tar}), Contains("a.tar/000001.wav: "));
}

TEST_CASE("a truncated tar is an error; what came before is stored", "[tar_shards]") {
  const testing::TempFolder folder;
  const std::string tar = tar_of(made_up_sounds(folder / "sounds", 5, 1));
  const auto path = put(folder, "a.tar", tar.substr(0, tar.size() / 2));
  CHECK_THROWS_WITH(stream_into(folder / "store", {path}, testing::quiet_options(true)),
                    Contains(path + ": is truncated (at byte "));
  CHECK(store::Store(folder / "store").record_count() == 2);
}

TEST_CASE("tars that are missing or hold no sound are errors", "[tar_shards]") {
  const testing::TempFolder folder;
  CHECK_THROWS_WITH(stream_into(folder / "store", {(folder / "none.tar").string()}), Contains("none.tar"));
  const auto labels = put(folder, "labels.tar", tar_of({{"1.cls", "3"}}));
  CHECK_THROWS_WITH(stream_into(folder / "store", {labels}), Contains("labels.tar: no sound file in it"));
  const auto nothing = put(folder, "nothing.tar", tar_of({}));
  CHECK_THROWS_WITH(stream_into(folder / "store", {nothing}), Contains("nothing.tar: no sound file in it"));
  const auto text = put(folder, "text.tar", "these are words");
  CHECK_THROWS_WITH(stream_into(folder / "store", {text}), Contains("text.tar: is no tar"));
}

TEST_CASE("a file behind an address gives the record that it has on this machine", "[tar_shards]") {
  const testing::TempFolder folder;
  const auto members = made_up_sounds(folder / "sounds", 1, 2);
  const auto expected = records_of_folder(folder / "expected", (folder / "sounds").string());
  testing::HttpServer server;
  server.content = members[0].second;
  server.cut_first = 2;
  server.cut_after = 10'000;
  const auto found = stream_into(folder / "store", {server.url() + "?signature=secret"});
  CHECK(found.records == expected);
  CHECK(found.paths == std::vector<std::string>{server.url()});
  const store::Store store(folder / "store");
  CHECK(store.remembered_files({hash_bytes(HashKind::xxh3_128, members[0].second)}).at(0).path == server.url());
}

TEST_CASE("a file that a server does not give is a bad clip with its address and the reason", "[tar_shards]") {
  const testing::TempFolder folder;
  made_up_sounds(folder / "sounds", 1, 1);
  testing::HttpServer server;
  server.fail_first = 1000;
  server.fail_status = 404;
  const auto found =
      stream_into(folder / "store", {server.url(), (folder / "sounds").string()}, testing::quiet_options(true));
  CHECK(found.totals.bad == 1);
  CHECK(found.totals.computed == 1);
  CHECK_THAT(found.problems.at(0), Contains("cannot download " + server.url() + ": the server answered 404"));
}

TEST_CASE("memory does not grow with the size of a tar", "[tar_shards]") {
  const testing::TempFolder folder;
  auto members = made_up_sounds(folder / "sounds", 4, 30);
  const auto small = put(folder, "small.tar", tar_of(members));
  testing::Members many;
  for (int i = 0; i < 30; ++i) {
    for (const auto& [name, bytes] : members) many.emplace_back(std::to_string(i) + "/" + name, bytes);
  }
  const auto large = put(folder, "large.tar", tar_of(many));  // 115 MB
  many.clear();
  stream_into(folder / "store", {small});
  const std::int64_t before = testing::memory_bytes("VmHWM");
  stream_into(folder / "store", {large});
  CHECK(testing::memory_bytes("VmHWM") - before < 20'000'000);
}

TEST_CASE("an interrupted stream says how much is stored", "[tar_shards]") {
  const testing::TempFolder folder;
  const auto tar = put(folder, "a.tar", tar_of(made_up_sounds(folder / "sounds", 3, 1)));
  testing::HttpServer server;
  server.content = read_file(tar);
  server.cut_after = server.content.size() / 2;
  server.stall_ms = 20'000;
  std::string address = server.url();
  address.replace(address.rfind('/'), std::string::npos, "/a.tar");
  const testing::StopWhen stop([&] { return !server.requests().empty(); });
  CHECK_THROWS_WITH(stream_into(folder / "store", {address}), Contains("clips are in the store"));
}

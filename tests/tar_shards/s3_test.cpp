// SPDX-License-Identifier: Apache-2.0
#include "support/errors.h"
#include "tar_shards/s3_server.h"
#include "tar_shards/sounds.h"

#include <catch2/catch.hpp>

#include <functional>

using namespace soundfold;
using Catch::Contains;
using testing::stream_into;

TEST_CASE("a tar of 1,000 clips in a bucket of S3 gives the records of the folder", "[tar_shards]") {
  if (!testing::has_s3_server()) return;
  const testing::TempFolder folder;
  const auto members = testing::made_up_sounds(folder / "sounds", 1000, 1);
  const auto expected = testing::records_of_folder(folder / "expected", (folder / "sounds").string());
  REQUIRE(expected.size() == 1000);
  testing::S3Server server;
  server.put("shards/shard-000000.tar", testing::tar_of(members));
  const auto list = extraction::listed_clips({"s3://sounds/shards/shard-{000000..000000}.tar"});
  tar_shards::StreamedOptions how;
  how.first_pause_ms = 50;
  const auto extract_into = [&](const std::string& store_folder, const std::function<void()>& at_clip_300) {
    tar_shards::StreamedClips clips(list, how);
    testing::FakeBackbone backbone;
    store::Store store(folder / store_folder);
    extraction::ClipResults results;
    auto source = clips.source();
    source.next = [next = source.next, at_clip_300, count = 0]() mutable {
      if (++count == 300) at_clip_300();
      return next();
    };
    extraction::extract(source, backbone, store, testing::quiet_options(), results);
    CHECK(clips.clips().path(999) == "s3://sounds/shards/shard-000000.tar/000999.wav");
  };
  // It dies once and comes back.
  extract_into("store", [&] {
    server.kill();
    server.start();
  });
  CHECK(testing::records_of(store::Store(folder / "store")) == expected);

  // It dies for good: it is named, and what came is stored.
  CHECK_THROWS_WITH(extract_into("part", [&] { server.kill(); }),
                    Contains("cannot download s3://sounds/shards/shard-000000.tar: no connection to 127.0.0.1") &&
                        Contains("after 5 attempts"));
  const auto stored = store::Store(folder / "part").record_count();
  CHECK(stored >= 299);
  CHECK(stored < 1000);
}

TEST_CASE("what S3 refuses is said in its words", "[tar_shards]") {
  if (!testing::has_s3_server()) return;
  const testing::TempFolder folder;
  testing::S3Server server;
  const auto members = testing::made_up_sounds(folder / "sounds", 1, 1);
  server.put("dogs/a b+ä.wav", members[0].second);
  CHECK(stream_into(folder / "store", {"s3://sounds/dogs/a b+ä.wav"}).records.size() == 1);
  CHECK_THROWS_WITH(stream_into(folder / "store", {"s3://nowhere/a.tar"}),
                    Contains("cannot download s3://nowhere/a.tar: the server answered 404 (NoSuchBucket: "));
  CHECK_THROWS_WITH(stream_into(folder / "store", {"s3://sounds/none.tar"}), Contains("answered 404 (NoSuchKey: "));
  const testing::Environment wrong(testing::Variables{{"AWS_ACCESS_KEY_ID", "nobody"}});
  CHECK_THROWS_WITH(stream_into(folder / "store", {"s3://sounds/dogs/a b+ä.wav"}),
                    Contains("answered 403 (InvalidAccessKeyId: ") && Contains("check AWS_ACCESS_KEY_ID"));
}

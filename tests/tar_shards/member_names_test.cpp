// SPDX-License-Identifier: Apache-2.0
#include "tar_shards/member_names.h"

#include "support/errors.h"

#include <catch2/catch.hpp>

using namespace soundfold;
using namespace soundfold::tar_shards;
using Catch::Contains;

TEST_CASE("tars are known by their names, compressed and remote ones too", "[tar_shards]") {
  for (const char* name : {"a.tar", "b/A.TAR", "a.tar.gz", "a.tgz", "a.tar.zst", "a.tar.bz2", "a.tar.xz",
                           "https://example.org/a.tar?signature=x", "s3://bucket/a.tar"}) {
    CAPTURE(name);
    CHECK(is_tar_name(name));
  }
  for (const char* name : {"a.wav", "a.tar.wav", "tar", ".tar", "a.zip", "a.gz", "https://example.org/a.wav?b=c.tar"}) {
    CAPTURE(name);
    CHECK_FALSE(is_tar_name(name));
  }
}

TEST_CASE("sounds among members are known by their extension", "[tar_shards]") {
  CHECK(is_sound_member("dog/000001.WAV"));
  CHECK(is_sound_member("000001.left.flac"));
  for (const char* name : {"000001.cls", "000001.json", "._000001.wav", "__MACOSX/000001.wav", "wav"}) {
    CHECK_FALSE(is_sound_member(name));
  }
}

TEST_CASE("the members of an example share what is before the first dot", "[tar_shards]") {
  CHECK(member_stem("000001.wav") == "000001");
  CHECK(member_stem("a.b/000001.left.wav") == "a.b/000001");
  CHECK(member_stem("none") == "none");
}

TEST_CASE("names stay within the tar", "[tar_shards]") {
  CHECK(checked_member_name("x.tar", "./dog//./1.wav") == "dog/1.wav");
  CHECK(checked_member_name("x.tar", "..wav") == "..wav");
  for (const char* name : {"../1.wav", "dog/../../1.wav", "/1.wav", "dog/.."}) {
    CHECK_THROWS_WITH(checked_member_name("x.tar", name),
                      Contains("x.tar: the member '" + std::string(name) + "' leads"));
  }
  CHECK_THROWS_WITH(checked_member_name("x.tar", "a\n/../1.wav"), Contains("'a?/../1.wav'"));
}

// SPDX-License-Identifier: Apache-2.0
#include "tar_shards/tar_reader.h"

#include "support/errors.h"
#include "support/files.h"
#include "tar_shards/member_names.h"
#include "tar_shards/tar_writer.h"
#include "testing/machine.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdio>
#include <cstring>

using namespace soundfold;
using namespace soundfold::tar_shards;
using Catch::Contains;
using testing::Members;
using testing::tar_of;

namespace {

/// Gives a text in pieces of 1,000 bytes.
TarReader::Source text_source(const std::string& text) {
  return [text, at = std::size_t{0}](char* bytes, std::size_t count) mutable {
    const std::size_t given = std::min({count, std::size_t{1000}, text.size() - at});
    std::memcpy(bytes, text.data() + at, given);
    at += given;
    return given;
  };
}

/// The sounds of a tar.
Members sounds_of(const std::string& tar) {
  TarReader reader("x.tar", text_source(tar), is_sound_member);
  Members found;
  while (auto member = reader.next()) found.emplace_back(member->name, member->problem + member->bytes);
  return found;
}

const Members kThree = {{"dog/", ""},         {"dog/1.wav", std::string(700, 'a')},
                        {"dog/1.cls", "3"},   {"./dog/2.flac", std::string(100'000, 'b')},
                        {"dog/2.json", "{}"}, {"3.wav", ""}};
const Members kSounds = {
    {"dog/1.wav", std::string(700, 'a')}, {"dog/2.flac", std::string(100'000, 'b')}, {"3.wav", ""}};

}  // namespace

TEST_CASE("the sounds of a tar come in its order, plain and compressed", "[tar_shards]") {
  CHECK(sounds_of(tar_of(kThree)) == kSounds);
  CHECK(sounds_of(tar_of(kThree, testing::TarFilter::gzip)) == kSounds);
  CHECK(sounds_of(tar_of(kThree, testing::TarFilter::zstd)) == kSounds);
}

TEST_CASE("long names and names in other scripts are read as they are", "[tar_shards]") {
  const Members members = {{std::string(90, 'f') + "/" + std::string(150, 'n') + ".wav", "a"}, {"犬/été.wav", "b"}};
  CHECK(sounds_of(tar_of(members)) == members);
}

TEST_CASE("a link among the sounds is a problem of that member alone", "[tar_shards]") {
  const auto found = sounds_of(tar_of({{"1.wav", "-> /etc/passwd"}, {"2.wav", "b"}}));
  REQUIRE(found.size() == 2);
  CHECK_THAT(found[0].second, Contains("is a link"));
  CHECK(found[1].second == "b");
}

TEST_CASE("a tar truncated at any byte is an error that names the tar and the place", "[tar_shards]") {
  const std::string tar = tar_of({{"1.wav", std::string(700, 'a')}, {"2.wav", std::string(300, 'b')}});
  REQUIRE(tar.size() == 512 + 1024 + 512 + 512 + 1024);
  for (std::size_t size = 1; size < tar.size() - 1024; size += 73) {
    CAPTURE(size);
    CHECK_THROWS_WITH(sounds_of(tar.substr(0, size)),
                      Contains("x.tar: is truncated") && Contains("at byte ") || Contains("x.tar: is no tar"));
  }
  // Between two members, where other programs take it for the end.
  CHECK_THROWS_WITH(sounds_of(tar.substr(0, 512 + 1024)),
                    "x.tar: is truncated: its end mark is missing (at byte 1,536 of the tar, after 1 member)");
  CHECK_THROWS_WITH(sounds_of(tar.substr(0, tar.size() - 1024)), Contains("after 2 members"));
  CHECK(sounds_of(tar.substr(0, tar.size() - 512)).size() == 2);  // half of the mark is enough
}

TEST_CASE("a compressed tar truncated or damaged is an error", "[tar_shards]") {
  std::string noise(50'000, ' ');
  unsigned state = 1;
  for (char& c : noise) c = static_cast<char>((state = state * 1664525U + 1013904223U) >> 24U);
  for (const auto filter : {testing::TarFilter::gzip, testing::TarFilter::zstd}) {
    std::string tar = tar_of({{"1.wav", noise}, {"2.wav", noise}}, filter);
    CHECK_THROWS_AS(sounds_of(tar.substr(0, tar.size() / 2)), DataError);
    tar[tar.size() / 2] = static_cast<char>(tar[tar.size() / 2] ^ 0x55);
    tar[tar.size() / 2 + 1] = static_cast<char>(tar[tar.size() / 2 + 1] ^ 0x55);
    Members found;
    // zstd's frames here have no checksum: the damage is in the bytes of a member, for its decoder to find.
    try {
      found = sounds_of(tar);
    } catch (const DataError& error) {
      CHECK_THAT(error.what(), Contains("x.tar: "));
    }
    CHECK(found != Members{{"1.wav", noise}, {"2.wav", noise}});
  }
}

TEST_CASE("a damaged header is an error with its place", "[tar_shards]") {
  std::string tar = tar_of({{"1.wav", std::string(700, 'a')}, {"2.wav", "b"}});
  tar[512 + 1024 + 3] = 'x';
  CHECK_THROWS_WITH(sounds_of(tar), Contains("x.tar: is damaged: ") && Contains("after 1 member)"));
}

TEST_CASE("a header that promises more than there is takes no memory for it", "[tar_shards]") {
  std::string tar = tar_of({{"1.wav", std::string(700, 'a')}});
  // 900,000,000 bytes, and the header's checksum with these digits (POSIX.1-1988, ustar).
  tar.replace(124, 11, "06551164400");
  tar.replace(148, 8, 8, ' ');
  int sum = 0;
  for (std::size_t i = 0; i < 512; ++i) sum += static_cast<unsigned char>(tar[i]);
  std::snprintf(tar.data() + 148, 8, "%06o", static_cast<unsigned>(sum));
  const std::int64_t before = testing::memory_bytes("VmHWM");
  CHECK_THROWS_WITH(sounds_of(tar), Contains("x.tar: is truncated"));
  CHECK(testing::memory_bytes("VmHWM") - before < 50'000'000);
}

TEST_CASE("what is no tar is refused", "[tar_shards]") {
  CHECK_THROWS_WITH(sounds_of("RIFF" + std::string(5000, 'x')), Contains("x.tar: is no tar"));
  CHECK_THROWS_WITH(sounds_of(""), Contains("x.tar: is no tar"));
  CHECK_THROWS_WITH(sounds_of("<html>no such page</html>"), Contains("x.tar: is no tar"));
  CHECK(sounds_of(std::string(10'240, '\0')).empty());  // a tar of nothing
}

TEST_CASE("names that lead out of a tar are refused, those of other members too", "[tar_shards]") {
  CHECK_THROWS_WITH(sounds_of(tar_of({{"1.wav", "a"}, {"../2.txt", "b"}})), Contains("'../2.txt' leads out"));
}

TEST_CASE("what the source throws comes through", "[tar_shards]") {
  const std::string tar = tar_of(kThree);
  const auto source = [&, calls = 0](char* bytes, std::size_t count) mutable {
    if (++calls > 1) throw DataError("the disk failed");
    std::memcpy(bytes, tar.data(), 2000);
    return count - count + 2000;
  };
  TarReader reader("x.tar", source, is_sound_member);
  CHECK_THROWS_WITH(
      [&] {
        while (reader.next()) {
        }
      }(),
      "the disk failed");
}

TEST_CASE("tars are read from files", "[tar_shards]") {
  const testing::TempFolder folder;
  write_file_atomically(folder / "a.tar", tar_of(kThree));
  TarReader reader("a.tar", file_source((folder / "a.tar").string()), is_sound_member);
  CHECK(reader.next()->name == "dog/1.wav");
  CHECK_THROWS_WITH(file_source((folder / "none.tar").string()), Contains("none.tar"));
  CHECK_THROWS_AS(file_source(folder.path().string()), DataError);
}

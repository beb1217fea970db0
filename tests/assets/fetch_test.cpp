// SPDX-License-Identifier: Apache-2.0
#include "assets/fetch.h"

#include "assets/internal/checks.h"
#include "assets/zip_writer.h"
#include "support/errors.h"
#include "support/file_state.h"
#include "support/files.h"
#include "support/hashing.h"
#include "testing/http_server.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>

#include <fstream>
#include <thread>

using namespace soundfold;
using namespace soundfold::assets;
using Catch::Contains;
namespace fs = std::filesystem;

namespace {

const std::string kContent = "the file's content";
const std::string kTable = "filename,fold\n1.wav,1\n2.wav,2\n";

Asset file_asset(const std::string& name, const std::string& url) {
  Asset asset;
  asset.name = name;
  asset.url = url;
  asset.place = "files/" + name + ".bin";
  asset.mirror = {asset.place};
  asset.expected.sha256 = hash_bytes(HashKind::sha256, kContent);
  return asset;
}

Asset folder_asset(const std::string& url) {
  Asset asset;
  asset.name = "set";
  asset.url = url;
  asset.place = "set";
  asset.mirror = {"set.zip", "set"};
  asset.unpack = Unpack{1, 1'000'000, 100};
  asset.listing = Listing{"meta/t.csv", "filename", "audio", hash_bytes(HashKind::md5, kTable)};
  return asset;
}

/// A data folder, a mirror and a way to fetch one asset.
struct Workplace {
  testing::TempFolder folder;
  fs::path data = folder / "data";
  fs::path mirror = folder / "mirror";

  Workplace() { make_folder(mirror); }

  Fetcher fetcher(std::vector<Asset> assets, bool verify = false, bool with_mirror = true) const {
    FetchOptions options;
    options.data_folder = data;
    if (with_mirror) options.mirror = mirror;
    options.verify = verify;
    options.first_pause_ms = 1;
    return Fetcher(Manifest{std::move(assets)}, options);
  }

  FetchResult fetch(const Asset& asset, bool with_mirror = true) const {
    return fetcher({asset}, false, with_mirror).fetch_any({asset.name});
  }

  /// Nothing that is work in progress is left.
  bool clean() const {
    for (const auto& entry : fs::recursive_directory_iterator(data)) {
      const std::string name = entry.path().filename().string();
      if (name.front() == '.' && name != ".fetched") return false;
    }
    return true;
  }
};

const std::string kNowhere = "file:///nowhere/at/all";

void write_set(const fs::path& folder, const std::string& table = kTable) {
  write_file_atomically(folder / "meta/t.csv", table);
  write_file_atomically(folder / "audio/1.wav", "one");
  write_file_atomically(folder / "audio/2.wav", "two");
}

void write_set_zip(const fs::path& path, const std::string& table = kTable) {
  testing::write_zip(path, {{"set-master/meta/t.csv", table, ""},
                            {"set-master/audio/1.wav", "one", ""},
                            {"set-master/audio/2.wav", "two", ""}});
}

}  // namespace

TEST_CASE("a file comes from the mirror once and is then there", "[fetching]") {
  const Workplace here;
  const Asset asset = file_asset("one", kNowhere);
  write_file_atomically(here.mirror / "files/one.bin", kContent);
  CHECK(here.fetch(asset).origin == Origin::mirror);
  CHECK(read_file(here.data / "files/one.bin") == kContent);
  fs::remove_all(here.mirror);
  CHECK(here.fetch(asset, false).origin == Origin::already_there);
  CHECK(here.clean());
}

TEST_CASE("what a fetch killed at its end left beside an asset goes with the next one", "[fetching]") {
  const Workplace here;
  const Asset asset = file_asset("one", kNowhere);
  write_file_atomically(here.mirror / "files/one.bin", kContent);
  here.fetch(asset);
  write_file_atomically(here.data / "files/.one.bin.part", "left");
  write_file_atomically(here.data / "files/.one.bin.old/a", "left");
  CHECK(here.fetch(asset).origin == Origin::already_there);
  CHECK(here.clean());
}

TEST_CASE("a mirror's wrong file is passed over for the network", "[fetching]") {
  const Workplace here;
  testing::HttpServer server;
  server.content = kContent;
  write_file_atomically(here.mirror / "files/one.bin", "something else");
  const FetchResult result = here.fetch(file_asset("one", server.url()));
  CHECK(result.origin == Origin::network);
  CHECK(read_file(result.path) == kContent);
  CHECK(here.clean());
}

TEST_CASE("a wrong download is removed and both checksums are reported", "[fetching]") {
  const Workplace here;
  testing::HttpServer server;
  server.content = "something else";
  const Asset asset = file_asset("one", server.url());
  CHECK_THROWS_WITH(here.fetch(asset), Contains(asset.expected.sha256) &&
                                           Contains(hash_bytes(HashKind::sha256, "something else")) &&
                                           Contains("expected"));
  CHECK_FALSE(fs::exists(here.data / "files/one.bin"));
  CHECK(here.clean());
}

TEST_CASE("a resumed download that does not add up is started over", "[fetching]") {
  const Workplace here;
  testing::HttpServer server;
  server.content = kContent;
  write_file_atomically(here.data / "files/.one.bin.part", "BAD");
  CHECK(here.fetch(file_asset("one", server.url())).origin == Origin::network);
  CHECK(read_file(here.data / "files/one.bin") == kContent);
  CHECK(server.requests().size() == 2);
}

TEST_CASE("a file that was put there by hand is checked", "[fetching]") {
  const Workplace here;
  const Asset asset = file_asset("one", kNowhere);
  write_file_atomically(here.data / "files/one.bin", kContent);
  CHECK(here.fetch(asset).origin == Origin::already_there);
  write_file_atomically(here.data / "files/one.bin", "the file's CONTENT");
  CHECK(here.fetcher({asset}).inspect("one").kind == AssetState::Kind::damaged);
  CHECK_THROWS_WITH(here.fetch(asset), Contains("has no good files/one.bin"));
  CHECK(read_file(here.data / "files/one.bin") == "the file's CONTENT");  // kept until a good one is there
}

TEST_CASE("a file of the same size and time with other bytes is noticed", "[fetching]") {
  const Workplace here;
  const Asset asset = file_asset("one", kNowhere);
  const fs::path file = here.data / "files/one.bin";
  write_file_atomically(file, kContent);
  here.fetch(asset);
  const auto time = fs::last_write_time(file);
  std::ofstream(file) << std::string(kContent.size(), 'x');
  fs::last_write_time(file, time);
  CHECK(here.fetcher({asset}).inspect("one").kind == AssetState::Kind::damaged);
}

TEST_CASE("a stamp spares reading files only while their state is what it was", "[fetching]") {
  const Workplace here;
  const fs::path file = here.data / "one.bin", stamp = here.data / "stamp";
  const auto changed = [&](bool read_all = false) { return changed_since_stamp(stamp, file, {""}, read_all); };
  write_file_atomically(file, kContent);
  CHECK_FALSE(changed());  // nothing is remembered yet
  CHECK_FALSE(changed());  // written a moment ago: its state says nothing, so it is read
  while (recently_changed(file_state(file), now_ns())) std::this_thread::sleep_for(std::chrono::milliseconds(50));
  CHECK_FALSE(changed());  // from now on its state can be relied on
  // A wrong digest in the stamp shows whether the file is read.
  std::string text = read_file(stamp);
  text.replace(text.size() - 6, 5, "wrong");
  write_file_atomically(stamp, text);
  CHECK_FALSE(changed());
  CHECK(changed(true));
  const auto time = fs::last_write_time(file);
  write_file_atomically(file, kContent);  // another inode
  fs::last_write_time(file, time);
  CHECK(changed());
  write_file_atomically(stamp, "damaged");
  CHECK_FALSE(changed());
}

TEST_CASE("a set comes from a zip or a folder of the mirror, or from the network", "[fetching]") {
  const Workplace here;
  std::string url = kNowhere;
  Origin expected = Origin::mirror;
  SECTION("zip") {
    write_set_zip(here.mirror / "set.zip");
  }
  SECTION("folder") {
    write_set(here.mirror / "set");
  }
  SECTION("a broken zip, then a folder") {
    write_file_atomically(here.mirror / "set.zip", "PK no zip");
    write_set(here.mirror / "set");
  }
  SECTION("network") {
    write_set_zip(here.folder / "far.zip");
    url = "file://" + (here.folder / "far.zip").string();
    expected = Origin::network;
  }
  const FetchResult result = here.fetch(folder_asset(url));
  CHECK(result.origin == expected);
  CHECK(result.state.kind == AssetState::Kind::whole);
  CHECK(files_in(here.data / "set") == std::vector<std::string>{"audio/1.wav", "audio/2.wav", "meta/t.csv"});
  CHECK(here.fetch(folder_asset(kNowhere), false).origin == Origin::already_there);
  CHECK(here.clean());
}

TEST_CASE("a mirrored folder may hold a part of the set; a downloaded archive may not", "[fetching]") {
  const Workplace here;
  const std::string part = "filename,fold\n1.wav,1\n";
  write_set(here.mirror / "set", part);
  write_set_zip(here.folder / "far.zip", part);
  const Asset asset = folder_asset("file://" + (here.folder / "far.zip").string());
  CHECK_THROWS_WITH(here.fetch(asset, false), Contains("is not a complete set"));
  CHECK_FALSE(fs::exists(here.data / "set"));
  CHECK(here.fetch(asset).state.kind == AssetState::Kind::part);
  CHECK(here.clean());
}

TEST_CASE("a folder that lacks a listed file, or lists one outside, is not taken", "[fetching]") {
  const Workplace here;
  write_set(here.mirror / "set");
  SECTION("missing") {
    fs::remove(here.mirror / "set/audio/2.wav");
  }
  SECTION("empty") {
    write_file_atomically(here.mirror / "set/audio/2.wav", "");
  }
  SECTION("outside") {
    write_file_atomically(here.mirror / "set/meta/t.csv", "filename\n../meta/t.csv\n");
  }
  SECTION("no such column") {
    write_file_atomically(here.mirror / "set/meta/t.csv", "name\n1.wav\n");
  }
  SECTION("no listing") {
    fs::remove(here.mirror / "set/meta/t.csv");
  }
  CHECK_THROWS_AS(here.fetch(folder_asset(kNowhere)), DataError);
  CHECK_FALSE(fs::exists(here.data / "set"));
}

TEST_CASE("what an interrupted copy left is not used", "[fetching]") {
  const Workplace here;
  write_set(here.mirror / "set");
  write_file_atomically(here.data / ".set.new/audio/2.wav", "tw");
  write_file_atomically(here.data / ".set.new/audio/old.wav", "old");
  CHECK(here.fetch(folder_asset(kNowhere)).origin == Origin::mirror);
  CHECK(read_file(here.data / "set/audio/2.wav") == "two");
  CHECK_FALSE(fs::exists(here.data / "set/audio/old.wav"));
  CHECK(here.clean());
}

TEST_CASE("files of the user's own beside a set's do not matter and are kept", "[fetching]") {
  const Workplace here;
  write_set(here.mirror / "set");
  const Asset asset = folder_asset(kNowhere);
  here.fetch(asset);
  write_file_atomically(here.data / "set/notes.txt", "mine");
  CHECK(here.fetch(asset).origin == Origin::already_there);
  CHECK(fs::exists(here.data / "set/notes.txt"));
}

TEST_CASE("a set that was damaged later is seen and repaired", "[fetching]") {
  const Workplace here;
  write_set(here.mirror / "set");
  const Asset asset = folder_asset(kNowhere);
  here.fetch(asset);
  SECTION("changed") {
    write_file_atomically(here.data / "set/audio/1.wav", "0ne");
  }
  SECTION("removed") {
    fs::remove(here.data / "set/audio/1.wav");
  }
  CHECK(here.fetcher({asset}).inspect("set").kind == AssetState::Kind::damaged);
  CHECK(here.fetch(asset).origin == Origin::mirror);
  CHECK(read_file(here.data / "set/audio/1.wav") == "one");
  CHECK(here.clean());
}

TEST_CASE("a hostile archive leaves nothing behind", "[fetching]") {
  const Workplace here;
  testing::write_zip(here.mirror / "set.zip", {{"set-master/a", "x", ""}, {"set-master/../../../escaped", "x", ""}});
  CHECK_THROWS_AS(here.fetch(folder_asset(kNowhere)), DataError);
  CHECK_FALSE(fs::exists(here.data / "set"));
  CHECK_FALSE(fs::exists(here.folder / "escaped"));
  CHECK_FALSE(fs::exists(here.data / "escaped"));
  CHECK(here.clean());
}

TEST_CASE("the first of several that is available is taken", "[fetching]") {
  const Workplace here;
  testing::HttpServer server;
  server.content = kContent;
  const Asset far = file_asset("far", server.url());
  const Asset near = file_asset("near", kNowhere);
  write_file_atomically(here.mirror / "files/near.bin", kContent);
  SECTION("the network's, when there is a network") {
    CHECK(here.fetcher({far, near}).fetch_any({"far", "near"}).name == "far");
  }
  SECTION("the mirror's, when there is none") {
    server.fail_first = 100;
    server.fail_status = 404;
    auto fetcher = here.fetcher({far, near});
    CHECK(fetcher.fetch_any({"far", "near"}).name == "near");
    server.fail_first = 0;  // what is there is taken, without asking again
    CHECK(fetcher.fetch_any({"far", "near"}).origin == Origin::already_there);
  }
  SECTION("none") {
    auto fetcher = here.fetcher({file_asset("a", kNowhere), file_asset("b", kNowhere)});
    CHECK_THROWS_WITH(fetcher.fetch_any({"a", "b"}),
                      Contains("a: ") && Contains("b: ") && Contains("SOUNDFOLD_MIRROR"));
    CHECK_THROWS_AS(fetcher.fetch_any({"a", "c"}), UsageError);
  }
}

TEST_CASE("an unreachable host is asked once", "[fetching]") {
  const Workplace here;
  std::string gone;
  {
    testing::HttpServer server;
    gone = server.url();
  }
  auto fetcher = here.fetcher({file_asset("a", gone), file_asset("b", gone)});
  CHECK_THROWS_WITH(fetcher.fetch_any({"a"}), Contains("no connection to 127.0.0.1"));
  CHECK_THROWS_WITH(fetcher.fetch_any({"b"}), Contains("no connection to 127.0.0.1") && !Contains("("));
  CHECK(here.clean());
}

TEST_CASE("a mirror that is not a folder is a usage error", "[fetching]") {
  FetchOptions options;
  options.mirror = "/nowhere/at/all";
  CHECK_THROWS_AS(Fetcher(Manifest{}, options), UsageError);
}

// SPDX-License-Identifier: Apache-2.0
#include "assets/download.h"

#include "assets/http_server.h"
#include "support/files.h"
#include "testing/stop_when.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>

using namespace soundfold;
using Catch::Contains;
namespace fs = std::filesystem;

namespace {

DownloadLimits quick() {
  DownloadLimits limits;
  limits.first_pause_ms = 1;
  limits.connect_timeout_ms = 2000;
  return limits;
}

std::string some_bytes(std::size_t count, unsigned seed = 1) {
  std::string bytes(count, '\0');
  for (auto& byte : bytes) byte = static_cast<char>((seed = seed * 1664525U + 1013904223U) >> 24);
  return bytes;
}

}  // namespace

TEST_CASE("a file is downloaded, through redirects", "[fetching]") {
  const testing::TempFolder folder;
  testing::HttpServer server;
  server.content = some_bytes(300'000);
  testing::HttpServer gate;
  gate.redirect_to = server.url();
  CHECK_FALSE(download(gate.url(), folder / "p", "it", quick()));
  CHECK(read_file(folder / "p") == server.content);
}

TEST_CASE("a redirect to a local file is not followed", "[fetching]") {
  const testing::TempFolder folder;
  write_file_atomically(folder / "secret", "secret");
  testing::HttpServer gate;
  gate.redirect_to = "file://" + (folder / "secret").string();
  CHECK_THROWS_AS(download(gate.url(), folder / "p", "it", quick()), DataError);
  CHECK(fs::file_size(folder / "p") == 0);
}

TEST_CASE("a broken connection is resumed where it stopped", "[fetching]") {
  const testing::TempFolder folder;
  testing::HttpServer server;
  server.content = some_bytes(300'000);
  server.cut_first = 2;
  server.cut_after = 100'000;
  CHECK(download(server.url(), folder / "p", "it", quick()));
  CHECK(read_file(folder / "p") == server.content);
  const auto requests = server.requests();
  REQUIRE(requests.size() == 3);
  CHECK_THAT(requests[0], !Contains("Range:"));
  CHECK_THAT(requests[1], Contains("Range: bytes=100000-") && Contains("If-Range: \"one\""));
  CHECK_THAT(requests[2], Contains("Range: bytes=200000-"));
}

TEST_CASE("an earlier run's part is resumed, unless the file has changed or ranges are ignored", "[fetching]") {
  const testing::TempFolder folder;
  testing::HttpServer server;
  server.content = some_bytes(50'000);
  write_file_atomically(folder / "p", server.content.substr(0, 20'000));
  write_file_atomically(folder / "p.info", server.url() + "\n\"one\"\n\n");
  bool expect_reuse = false;
  SECTION("same file") {
    expect_reuse = true;
  }
  SECTION("changed file") {
    server.content = some_bytes(60'000, 9);
    server.etag = "\"two\"";
  }
  SECTION("ranges ignored") {
    server.honours_ranges = false;
  }
  SECTION("another address") {
    write_file_atomically(folder / "p.info", "http://elsewhere/\n\"one\"\n\n");
  }
  SECTION("nothing known of the version") {
    fs::remove(folder / "p.info");
  }
  CHECK(download(server.url(), folder / "p", "it", quick()) == expect_reuse);
  CHECK(read_file(folder / "p") == server.content);
}

TEST_CASE("a part that was already complete, or too long, is handled", "[fetching]") {
  const testing::TempFolder folder;
  testing::HttpServer server;
  server.content = some_bytes(5'000);
  write_file_atomically(folder / "p.info", server.url() + "\n\"one\"\n\n");
  write_file_atomically(folder / "p", server.content + GENERATE("", "more"));
  download(server.url(), folder / "p", "it", quick());
  CHECK(read_file(folder / "p") == server.content);
}

TEST_CASE("temporary server errors are retried, permanent ones reported", "[fetching]") {
  const testing::TempFolder folder;
  testing::HttpServer server;
  server.content = "content";
  server.fail_first = 3;
  download(server.url(), folder / "p", "it", quick());
  CHECK(read_file(folder / "p") == "content");
  server.fail_first = 100;
  CHECK_THROWS_WITH(download(server.url(), folder / "q", "it", quick()), Contains("answered 503, 4 times in a row"));
  const auto before = server.requests().size();
  server.fail_status = 404;
  CHECK_THROWS_WITH(download(server.url(), folder / "r", "it", quick()), Contains("404 (not found)"));
  CHECK(server.requests().size() == before + 1);
  CHECK(fs::file_size(folder / "r") == 0);  // the error page is not the file
}

TEST_CASE("what is larger than expected is stopped", "[fetching]") {
  const testing::TempFolder folder;
  testing::HttpServer server;
  server.content = some_bytes(500'000);
  DownloadLimits limits = quick();
  limits.max_bytes = 1000;
  CHECK_THROWS_WITH(download(server.url(), folder / "p", "it", limits), Contains("larger than the 1.0 kB expected"));
  CHECK(fs::file_size(folder / "p") <= 1000);
}

TEST_CASE("no network is an error of its own kind", "[fetching]") {
  const testing::TempFolder folder;
  std::string gone;
  {
    testing::HttpServer server;
    gone = server.url();
  }
  CHECK_THROWS_AS(download(gone, folder / "p", "it", quick()), Unreachable);
}

TEST_CASE("files are read from file addresses", "[fetching]") {
  const testing::TempFolder folder;
  write_file_atomically(folder / "a b", "content");
  download("file://" + (folder / "a%20b").string(), folder / "p", "it", quick());
  CHECK(read_file(folder / "p") == "content");
  CHECK_THROWS_AS(download("file://" + (folder / "none").string(), folder / "q", "it", quick()), DataError);
}

TEST_CASE("an interrupted download keeps its part and is resumed", "[fetching]") {
  const testing::TempFolder folder;
  testing::HttpServer server;
  server.content = some_bytes(100'000);
  server.cut_after = 30'000;
  server.stall_ms = 10'000;
  {
    const testing::StopWhen stop([&] {
      std::error_code none_yet;
      return fs::file_size(folder / "p", none_yet) == 30'000;
    });
    CHECK_THROWS_AS(download(server.url(), folder / "p", "it", quick()), Interrupted);
  }
  CHECK(fs::file_size(folder / "p") == 30'000);
  server.stall_ms = 0;
  CHECK(download(server.url(), folder / "p", "it", quick()));
  CHECK(read_file(folder / "p") == server.content);
}

// SPDX-License-Identifier: Apache-2.0
#include "assets/internal/download.h"

#include "support/files.h"
#include "testing/http_server.h"
#include "testing/stop_when.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>

using namespace soundfold;
using namespace soundfold::assets;
using Catch::Contains;
namespace fs = std::filesystem;

namespace {

DownloadOptions quick(bool resume = true) {
  DownloadOptions options;
  options.resume = resume;
  options.first_pause_ms = 1;
  return options;
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
  CHECK_THAT(requests[1], Contains("Range: bytes=100000-"));
  CHECK_THAT(requests[2], Contains("Range: bytes=200000-"));
}

TEST_CASE("an earlier run's part is resumed where that was asked for and the server can", "[fetching]") {
  const testing::TempFolder folder;
  testing::HttpServer server;
  server.content = some_bytes(50'000);
  write_file_atomically(folder / "p", server.content.substr(0, 20'000));
  SECTION("it can") {
    CHECK(download(server.url(), folder / "p", "it", quick()));
  }
  SECTION("it sends the whole file") {
    server.honours_ranges = false;
    CHECK_FALSE(download(server.url(), folder / "p", "it", quick()));
  }
  SECTION("not asked for") {
    CHECK_FALSE(download(server.url(), folder / "p", "it", quick(false)));
    CHECK_THAT(server.requests().at(0), !Contains("Range:"));
  }
  CHECK(read_file(folder / "p") == server.content);
}

TEST_CASE("a part that was already complete is not fetched again", "[fetching]") {
  const testing::TempFolder folder;
  testing::HttpServer server;
  server.content = some_bytes(5'000);
  write_file_atomically(folder / "p", server.content);
  CHECK(download(server.url(), folder / "p", "it", quick()));
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
  CHECK_THROWS_WITH(download(server.url(), folder / "q", "it", quick()), Contains("answered 503, after 4 attempts"));
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
  DownloadOptions options = quick();
  options.max_bytes = 1000;
  CHECK_THROWS_WITH(download(server.url(), folder / "p", "it", options), Contains("larger than the 1.0 kB expected"));
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

// SPDX-License-Identifier: Apache-2.0
#include "remote/stream.h"

#include "testing/http_server.h"
#include "testing/machine.h"
#include "testing/stop_when.h"
#include "text/text.h"

#include <catch2/catch.hpp>

using namespace soundfold;
using namespace soundfold::remote;
using Catch::Contains;

namespace {

StreamOptions quick() {
  StreamOptions options;
  options.first_pause_ms = 1;
  return options;
}

std::string numbers(std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += std::to_string(i) + ' ';
  return text;
}

std::string all_of(const testing::HttpServer& server) {
  return read_all({server.url(), server.url()}, 1 << 30, quick());
}

}  // namespace

TEST_CASE("a remote file is read in pieces, and its size is known with the first", "[remote]") {
  testing::HttpServer server;
  server.content = numbers(100'000);
  Stream stream({server.url(), server.url()}, quick());
  CHECK_FALSE(stream.size());
  std::string bytes(1000, ' ');
  bytes.resize(stream.read(bytes.data(), bytes.size()));
  REQUIRE(stream.size());
  CHECK(*stream.size() == server.content.size());
  CHECK(stream.position() == bytes.size());
  char block[10'000];
  while (const std::size_t got = stream.read(block, sizeof block)) bytes.append(block, got);
  CHECK(bytes == server.content);
  CHECK(stream.read(block, sizeof block) == 0);
  CHECK(server.requests().size() == 1);
}

TEST_CASE("a reader that takes its time holds little in memory", "[remote]") {
  testing::HttpServer server;
  server.content = std::string(50'000'000, 'a');
  Stream stream({server.url(), server.url()}, quick());
  char block[4096];
  REQUIRE(stream.read(block, sizeof block) > 0);
  const std::int64_t before = testing::memory_bytes("VmRSS");
  std::uintmax_t read = stream.position();
  while (const std::size_t got = stream.read(block, sizeof block)) read += got;
  CHECK(read == server.content.size());
  // The server of the test makes its answer in this process; nothing of it is freed or made meanwhile.
  CHECK(testing::memory_bytes("VmRSS") - before < 10'000'000);
}

TEST_CASE("a server that dies in the middle is asked for the rest, as often as something new comes", "[remote]") {
  testing::HttpServer server;
  server.content = numbers(30'000);
  server.cut_first = 8;
  server.cut_after = 10'000;
  CHECK(all_of(server) == server.content);
  const auto requests = server.requests();
  REQUIRE(requests.size() == 9);
  CHECK_THAT(requests[0], !Contains("Range:"));
  CHECK_THAT(requests[8], Contains("Range: bytes=80000-"));
}

TEST_CASE("of a server that cannot resume, what came before is skipped", "[remote]") {
  testing::HttpServer server;
  server.content = numbers(30'000);
  server.honours_ranges = false;
  server.cut_first = 3;
  server.cut_after = 50'000;
  CHECK(all_of(server) == server.content);
}

TEST_CASE("a part of a file that does not say which it is, is not taken for the beginning", "[remote]") {
  testing::HttpServer server;
  server.content = numbers(30'000);
  server.names_ranges = false;
  server.cut_first = 1;
  server.cut_after = 50'000;
  CHECK_THROWS_WITH(all_of(server),
                    Contains("cannot download " + server.url()) && Contains("206 without Content-Range"));
  StreamOptions from_the_middle = quick();
  from_the_middle.from = 1000;
  Stream stream({server.url(), server.url()}, from_the_middle);
  char block[64];
  CHECK_THROWS_AS(stream.read(block, sizeof block), DownloadFailed);
}

TEST_CASE("a server that dies at one place is named with the reason after the last attempt", "[remote]") {
  testing::HttpServer server;
  server.content = numbers(30'000);
  server.honours_ranges = false;
  server.cut_first = 1000;
  server.cut_after = 50'000;
  CHECK_THROWS_WITH(all_of(server), Contains("cannot download " + server.url() + ": ") &&
                                        Contains("bytes remaining to read, after 5 attempts"));
  CHECK(server.requests().size() == 5);
}

TEST_CASE("503 is tried again; what the last answer says is in the error", "[remote]") {
  testing::HttpServer server;
  server.content = "a sound";
  server.fail_first = 3;
  CHECK(all_of(server) == "a sound");
  CHECK(server.requests().size() == 4);
  server.fail_page = "<Error><Code>SlowDown</Code><Message>Please reduce\nyour request rate.</Message></Error>";
  server.fail_first = 1000;
  CHECK_THROWS_WITH(all_of(server),
                    Contains("answered 503 (SlowDown: Please reduce?your request rate.), after 5 attempts"));
}

TEST_CASE("403 and 404 are not tried again", "[remote]") {
  testing::HttpServer server;
  server.fail_first = 1000;
  SECTION("403 of S3, with its reason") {
    server.fail_status = 403;
    server.fail_page =
        "<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>";
    const AwsKeys keys{"id", "secret", "", "us-east-1"};
    CHECK_THROWS_WITH(read_all({server.url(), "s3://sounds/a.wav", keys}, 100, quick()),
                      "cannot download s3://sounds/a.wav: the server answered 403 (AccessDenied: Access Denied); check "
                      "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and what they allow");
  }
  SECTION("404") {
    server.fail_status = 404;
    CHECK_THROWS_WITH(all_of(server), "cannot download " + server.url() + ": the server answered 404 (not found)");
  }
  SECTION("a bucket elsewhere") {
    server.fail_status = 301;
    const AwsKeys keys{"id", "secret", "", "us-east-1"};
    CHECK_THROWS_WITH(read_all({server.url(), "s3://sounds/a.wav", keys}, 100, quick()),
                      Contains("answered 301") && Contains("the region is us-east-1") && Contains("AWS_REGION"));
  }
  CHECK(server.requests().size() == 1);
}

TEST_CASE("a file that changes on the server while it is read is an error", "[remote]") {
  testing::HttpServer server;
  server.content = numbers(30'000);
  server.etag = "\"one\"";
  server.cut_first = 1;
  server.cut_after = 10'000;
  Stream stream({server.url(), server.url()}, quick());
  char block[10'000];
  std::size_t read = 0;
  while (read < 10'000) read += stream.read(block, sizeof block);
  SECTION("another one") {
    server.etag = "\"two\"";
  }
  SECTION("one that ends before the next byte") {
    server.content.resize(5'000);
  }
  CHECK_THROWS_WITH(stream.read(block, sizeof block), Contains("changed on the server while it was read"));
}

TEST_CASE("a server that is gone is tried again, then named", "[remote]") {
  std::string gone;
  {
    testing::HttpServer server;
    gone = server.url();
  }
  CHECK_THROWS_WITH(
      read_all({gone, gone}, 100, quick()),
      Contains("cannot download " + gone + ": no connection to " + host_of(gone)) && Contains("after 5 attempts"));
  auto once = quick();
  once.retries_connections = false;
  CHECK_THROWS_AS(read_all({gone, gone}, 100, once), Unreachable);
}

TEST_CASE("files larger than allowed, and local ones, are refused", "[remote]") {
  testing::HttpServer server;
  server.content = std::string(1'000'000, 'a');
  CHECK_THROWS_WITH(read_all({server.url(), server.url()}, 1000, quick()), Contains("larger than the 1.0 kB allowed"));
  CHECK_THROWS_AS(read_all({"file:///etc/hostname", "it"}, 1000, quick()), DownloadFailed);
}

TEST_CASE("reading a remote file stops on an interrupt", "[remote]") {
  testing::HttpServer server;
  server.content = numbers(30'000);
  server.cut_after = 10'000;
  server.stall_ms = 20'000;
  const testing::StopWhen stop([&] { return !server.requests().empty(); });
  CHECK_THROWS_AS(all_of(server), Interrupted);
}

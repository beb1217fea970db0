// SPDX-License-Identifier: Apache-2.0
#include "remote/address.h"

#include "support/errors.h"
#include "testing/environment.h"

#include <catch2/catch.hpp>

using namespace soundfold;
using namespace soundfold::remote;
using Catch::Contains;

namespace {

testing::Environment aws(const std::string& endpoint, const std::string& region = "") {
  return testing::Environment(testing::Variables{{"AWS_ACCESS_KEY_ID", "AKIAEXAMPLE"},
                                                 {"AWS_SECRET_ACCESS_KEY", "secret"},
                                                 {"AWS_SESSION_TOKEN", ""},
                                                 {"AWS_REGION", region},
                                                 {"AWS_DEFAULT_REGION", ""},
                                                 {"AWS_ENDPOINT_URL", endpoint},
                                                 {"AWS_ENDPOINT_URL_S3", ""}});
}

}  // namespace

TEST_CASE("addresses are known by how they begin", "[remote]") {
  CHECK(is_address("https://example.org/a.wav"));
  CHECK(is_address("http://example.org/a.wav"));
  CHECK(is_address("s3://bucket/a.wav"));
  CHECK_FALSE(is_address("ftp://example.org/a.wav"));
  CHECK_FALSE(is_address("sounds/https://a.wav"));
  CHECK_FALSE(is_address("s3:/bucket/a.wav"));
}

TEST_CASE("queries are no part of a name, since they may hold signatures; S3's keys have none", "[remote]") {
  CHECK(without_query("https://example.org/a.tar?X-Amz-Signature=abc#x") == "https://example.org/a.tar");
  CHECK(without_query("s3://bucket/what?.wav") == "s3://bucket/what?.wav");
  const auto place = place_of("https://example.org/a.tar?key=1");
  CHECK(place.url == "https://example.org/a.tar?key=1");
  CHECK(place.name == "https://example.org/a.tar");
  CHECK_FALSE(place.keys);
}

TEST_CASE("S3's addresses lead to Amazon's host of the region, or to the endpoint", "[remote]") {
  SECTION("Amazon, in the region that is the default") {
    const auto environment = aws("");
    const auto place = place_of("s3://sounds/dog/a b+ä.wav");
    CHECK(place.url == "https://sounds.s3.us-east-1.amazonaws.com/dog/a%20b%2B%C3%A4.wav");
    CHECK(place.name == "s3://sounds/dog/a b+ä.wav");
    REQUIRE(place.keys);
    CHECK(place.keys->key_id == "AKIAEXAMPLE");
    CHECK(place.keys->region == "us-east-1");
  }
  SECTION("a bucket with dots, which the certificate would not name") {
    const auto environment = aws("", "eu-central-1");
    CHECK(place_of("s3://my.sounds/a.wav").url == "https://s3.eu-central-1.amazonaws.com/my.sounds/a.wav");
  }
  SECTION("China") {
    const auto environment = aws("", "cn-north-1");
    CHECK(place_of("s3://sounds/a.wav").url == "https://sounds.s3.cn-north-1.amazonaws.com.cn/a.wav");
  }
  SECTION("an endpoint") {
    const auto environment = aws("https://minio.example.org:9000/");
    CHECK(place_of("s3://sounds/a.wav").url == "https://minio.example.org:9000/sounds/a.wav");
  }
  SECTION("S3's own endpoint before that of all services") {
    const auto environment = aws("https://minio.example.org");
    const testing::Environment own(testing::Variables{{"AWS_ENDPOINT_URL_S3", "http://localhost:9000"}});
    CHECK(place_of("s3://sounds/a.wav").url == "http://localhost:9000/sounds/a.wav");
  }
}

TEST_CASE("open connections are for this machine alone, unless allowed", "[remote]") {
  for (const char* here : {"http://localhost/a.wav", "http://127.0.0.1:80/a.wav", "http://[::1]:8080/a.wav"}) {
    CHECK(place_of(here).url == here);
  }
  for (const char* away : {"http://example.org/a.wav", "http://127.example.org/a.wav", "http://localhost.org/a.wav",
                           "http://10.0.0.1/a.wav"}) {
    CHECK_THROWS_WITH(place_of(away), Contains("not encrypted") && Contains("--allow-http"));
    CHECK(place_of(away, true).url == away);
  }
  const auto environment = aws("http://example.org");
  CHECK_THROWS_WITH(place_of("s3://sounds/a.wav"), Contains("http://example.org: http:// is not encrypted"));
}

TEST_CASE("addresses that cannot be used are refused in one line that shows no password", "[remote]") {
  const auto environment = aws("");
  CHECK_THROWS_WITH(place_of("https://me:hunter2@example.org/a.wav"),
                    Contains("https://...@example.org") && !Contains("hunter2"));
  for (const char* address :
       {"https://user:hun/ter2@example.org/a.wav", "https://user:hun?ter2@example.org/a.wav",
        "https://user:12/ter2@example.org/a.wav", "s3://AKIA:hun/ter2@sounds/a.wav", "s3://AKIA:hunter2@sounds/a.wav",
        "https://user:a@hun/b@ter2@example.org/a.wav", "https://me:my@example.org/a.wav?signature=a@hunter2"}) {
    INFO(address);
    CHECK_THROWS_WITH(place_of(address), Contains("://...@") && Contains("holds a user or password") &&
                                             !Contains("ter2") && !Contains("hun"));
  }
  for (const char* address : {"https://example.org/@me/a.wav", "https://example.org:8443/a.wav?mail=a@b",
                              "http://[::1]:8080/a.wav?mail=a@b", "https://example.org:8443/%40me/a.wav"}) {
    CHECK(place_of(address).url == address);
  }
  const testing::Environment endpoint(testing::Variables{{"AWS_ENDPOINT_URL", "me:hunter2@minio.example.org"}});
  CHECK_THROWS_WITH(place_of("s3://sounds/a.wav"),
                    Contains("AWS_ENDPOINT_URL must begin with https:// or http://") && !Contains("hunter2"));
  CHECK_THROWS_WITH(place_of("https:///a.wav"), Contains("names no host"));
  CHECK_THROWS_WITH(place_of("s3://Sounds/a@b.wav"), Contains("'Sounds' is no name of a bucket"));
  CHECK_THROWS_WITH(place_of("s3://Sounds/a.wav"), Contains("'Sounds' is no name of a bucket"));
  CHECK_THROWS_WITH(place_of("s3://ab/a.wav"), Contains("'ab' is no name of a bucket"));
  CHECK_THROWS_WITH(place_of("s3://sounds"), Contains("names no key"));
  CHECK_THROWS_WITH(place_of("s3://sounds/dogs/"), Contains("names no key") && Contains("buckets are not listed"));
  CHECK_THROWS_AS(place_of("ftp://example.org/a.wav"), UsageError);
}

TEST_CASE("keys that are not set are named", "[remote]") {
  const auto environment = aws("");
  SECTION("none") {
    const testing::Environment none(testing::Variables{{"AWS_ACCESS_KEY_ID", ""}, {"AWS_SECRET_ACCESS_KEY", ""}});
    CHECK_THROWS_WITH(place_of("s3://sounds/a.wav"), Contains("s3://sounds/a.wav: AWS_ACCESS_KEY_ID is not set"));
  }
  SECTION("half") {
    const testing::Environment half(testing::Variables{{"AWS_SECRET_ACCESS_KEY", ""}});
    CHECK_THROWS_WITH(place_of("s3://sounds/a.wav"), Contains("AWS_SECRET_ACCESS_KEY is not set"));
  }
  SECTION("with a line end, as copied from a file") {
    const testing::Environment copied(testing::Variables{{"AWS_SECRET_ACCESS_KEY", "secret\n"}});
    CHECK_THROWS_WITH(place_of("s3://sounds/a.wav"),
                      Contains("AWS_SECRET_ACCESS_KEY has a space or a line end") && !Contains("secret\n"));
  }
}

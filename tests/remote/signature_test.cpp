// SPDX-License-Identifier: Apache-2.0
#include "remote/stream.h"
#include "support/hashing.h"
#include "testing/http_server.h"
#include "text/text.h"

#include <catch2/catch.hpp>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

using namespace soundfold;

// AWS Signature Version 4, computed here from its description, beside what the program sends.
namespace {

std::string hmac(const std::string& key, const std::string& text) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(text.data()),
       text.size(), digest, &size);
  return std::string(reinterpret_cast<const char*>(digest), size);
}

std::string hexadecimal(const std::string& bytes) {
  std::string text;
  for (const unsigned char byte : bytes) {
    text += "0123456789abcdef"[byte >> 4U];
    text += "0123456789abcdef"[byte & 15U];
  }
  return text;
}

/// A request line and headers, without the signature.
struct PlainRequest {
  std::string path;
  std::vector<std::pair<std::string, std::string>> headers;  ///< names in lower case, ascending
  std::string payload_sha256;
};

std::string signature(const PlainRequest& request, const std::string& secret, const std::string& time,
                      const std::string& region) {
  std::string lines, names;
  for (const auto& [name, value] : request.headers) {
    lines += name + ":" + value + "\n";
    names += (names.empty() ? "" : ";") + name;
  }
  const std::string canonical = "GET\n" + request.path + "\n\n" + lines + "\n" + names + "\n" + request.payload_sha256;
  const std::string date = time.substr(0, 8);
  const std::string scope = date + "/" + region + "/s3/aws4_request";
  const std::string to_sign =
      "AWS4-HMAC-SHA256\n" + time + "\n" + scope + "\n" + hash_bytes(HashKind::sha256, canonical);
  const std::string key = hmac(hmac(hmac(hmac("AWS4" + secret, date), region), "s3"), "aws4_request");
  return hexadecimal(hmac(key, to_sign));
}

std::string header(const std::string& request, const std::string& name) {
  std::istringstream lines(request);
  for (std::string line; std::getline(lines, line);) {
    const auto colon = line.find(':');
    if (colon != std::string::npos && lower_case(line.substr(0, colon)) == name) return trimmed(line.substr(colon + 1));
  }
  return "";
}

/// What stands between `begin` and the next comma.
std::string part_of(const std::string& text, const std::string& begin) {
  const auto at = text.find(begin);
  if (at == std::string::npos) return "";
  const auto from = at + begin.size();
  return text.substr(from, text.find(',', from) - from);
}

const char* const kSecret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const std::string kNothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

}  // namespace

TEST_CASE("the computation of signatures here agrees with Amazon's published example", "[remote]") {
  // "Signature Calculations for the Authorization Header", example: GET Object.
  const PlainRequest request{"/test.txt",
                             {{"host", "examplebucket.s3.amazonaws.com"},
                              {"range", "bytes=0-9"},
                              {"x-amz-content-sha256", kNothing},
                              {"x-amz-date", "20130524T000000Z"}},
                             kNothing};
  CHECK(signature(request, kSecret, "20130524T000000Z", "us-east-1") ==
        "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
}

TEST_CASE("requests to S3 carry the signature that their path, host, time and token have", "[remote]") {
  testing::HttpServer server;
  server.content = "a sound";
  const std::string host = server.url().substr(7, server.url().rfind('/') - 7);
  const std::string path = "/sounds/dog/a%20b%2B%C3%A4~.wav";
  remote::AwsKeys keys{"AKIAIOSFODNN7EXAMPLE", kSecret, "", "eu-central-1"};
  SECTION("keys of an account") {}
  SECTION("temporary keys with a token") {
    keys.session_token = "IQoJb3JpZ2luX2VjEXAMPLE/+=";
  }
  CHECK(remote::read_all({"http://" + host + path, "s3://sounds/dog", keys}, 100) == "a sound");
  const std::string request = server.requests().at(0);
  CAPTURE(request);
  CHECK(request.rfind("GET " + path + " HTTP/1.1\r\n", 0) == 0);
  CHECK(header(request, "x-amz-security-token") == keys.session_token);

  const std::string authorization = header(request, "authorization");
  const std::string time = header(request, "x-amz-date");
  REQUIRE(time.size() == 16);
  CHECK(authorization.rfind(
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/" + time.substr(0, 8) + "/eu-central-1/s3/aws4_request",
            0) == 0);
  PlainRequest plain{path, {}, kNothing};
  std::istringstream signed_names(part_of(authorization, "SignedHeaders="));
  for (std::string name; std::getline(signed_names, name, ';');)
    plain.headers.emplace_back(name, header(request, name));
  const auto is_signed = [&](const std::string& name) {
    return std::any_of(plain.headers.begin(), plain.headers.end(), [&](const auto& one) { return one.first == name; });
  };
  CHECK(is_signed("host"));
  CHECK(is_signed("x-amz-date"));
  CHECK(is_signed("x-amz-content-sha256"));
  CHECK(is_signed("x-amz-security-token") == !keys.session_token.empty());
  CHECK(std::is_sorted(plain.headers.begin(), plain.headers.end()));
  CHECK(part_of(authorization, "Signature=") == signature(plain, kSecret, time, "eu-central-1"));
}

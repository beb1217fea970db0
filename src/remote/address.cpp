// SPDX-License-Identifier: Apache-2.0
#include "remote/address.h"

#include "support/errors.h"
#include "text/text.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <initializer_list>

namespace soundfold::remote {
namespace {

/// The first of these environment variables that is set, and not to nothing.
std::string environment(std::initializer_list<const char*> names) {
  for (const char* name : names) {
    const char* value = std::getenv(name);
    if (value != nullptr && *value != '\0') return value;
  }
  return "";
}

/// "user@host:80" of "http://user@host:80/path".
std::string authority_of(const std::string& url) {
  const auto begin = url.find("://") + 3;
  return url.substr(begin, url.find_first_of("/?#", begin) - begin);
}

/// Names the host only where no other '@' could make it a part of the password or of a signature.
[[noreturn]] void refuse_password(const std::string& address) {
  const auto at = address.find('@');
  const std::string behind = at == address.rfind('@') ? address.substr(at + 1) : "...";
  throw UsageError(
      address.substr(0, address.find("://") + 3) + "...@" + behind.substr(0, behind.find_first_of("/?#")) +
      ": holds a user or password, which would be printed and kept; give an address without one (an '@' of "
      "a path as %40)");
}

/// Whether what is before an '@' may be a user and a password: one in the authority, or behind a ':' that no port
/// follows, as in user:pa/ss@host, or that a slash ends early, as in user:12/3@host.
bool may_hold_password(const std::string& url) {
  const std::string authority = authority_of(url);
  if (authority.find('@') != std::string::npos) return true;
  const auto port = authority.find(':', begins_with(authority, "[") ? authority.find(']') : 0);
  if (port == std::string::npos) return false;
  const auto after = url.find("://") + 3 + authority.size();
  const bool is_port = authority.find_first_not_of("0123456789", port + 1) == std::string::npos;
  return url.substr(after, is_port ? url.find_first_of("?#", after) - after : std::string::npos).find('@') !=
         std::string::npos;
}

/// Refuses a URL that would show a password, or send sound or keys to the world in the open.
void check_url(const std::string& url, const std::string& name, bool allow_http) {
  if (may_hold_password(url)) refuse_password(url);
  if (authority_of(url).empty()) throw UsageError(name + ": names no host");
  if (begins_with(url, "http://") && !allow_http && !is_loopback(url)) {
    throw UsageError(name +
                     ": http:// is not encrypted and allowed for this machine alone; use https://, or allow it "
                     "with --allow-http");
  }
}

/// A key as it is in a path of a URL: RFC 3986, as AWS signs it.
std::string path_encoded(const std::string& key) {
  constexpr std::array<char, 17> kDigits = {"0123456789ABCDEF"};
  std::string encoded;
  for (const char c : key) {
    const auto byte = static_cast<unsigned char>(c);
    const bool letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9');
    if (letter || byte == '-' || byte == '.' || byte == '_' || byte == '~' || byte == '/') {
      encoded += c;
    } else {
      encoded += {'%', kDigits.at(byte >> 4U), kDigits.at(byte & 15U)};
    }
  }
  return encoded;
}

void check_bucket(const std::string& bucket, const std::string& address) {
  const bool plain = bucket.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-") == std::string::npos;
  if (bucket.size() < 3 || bucket.size() > 63 || !plain || bucket.front() == '.' || bucket.front() == '-') {
    throw UsageError(address + ": '" + bucket +
                     "' is no name of a bucket (3 to 63 lower-case letters, digits, '.' and '-'); expected "
                     "s3://bucket/key");
  }
}

/// Where requests for a bucket begin, without a slash at the end.
std::string bucket_url(const std::string& bucket, const std::string& region, bool allow_http) {
  std::string endpoint = environment({"AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"});
  if (!endpoint.empty()) {
    if (!begins_with(endpoint, "https://") && !begins_with(endpoint, "http://")) {
      throw UsageError(
          "AWS_ENDPOINT_URL must begin with https:// or http://, but begins otherwise; it is not shown, "
          "since it may hold a password");
    }
    check_url(endpoint, without_query(endpoint), allow_http);
    while (endpoint.back() == '/') endpoint.pop_back();
    return endpoint + "/" + bucket;
  }
  const std::string host = "s3." + region + (begins_with(region, "cn-") ? ".amazonaws.com.cn" : ".amazonaws.com");
  // A name with dots would not agree with the certificate of *.s3.
  if (bucket.find('.') != std::string::npos) return "https://" + host + "/" + bucket;
  return "https://" + bucket + "." + host;
}

AwsKeys keys_for(const std::string& address) {
  AwsKeys keys;
  keys.key_id = environment({"AWS_ACCESS_KEY_ID"});
  keys.secret = environment({"AWS_SECRET_ACCESS_KEY"});
  keys.session_token = environment({"AWS_SESSION_TOKEN"});
  keys.region = environment({"AWS_REGION", "AWS_DEFAULT_REGION"});
  if (keys.region.empty()) keys.region = "us-east-1";
  if (keys.key_id.empty() || keys.secret.empty()) {
    throw UsageError(address + ": " + (keys.key_id.empty() ? "AWS_ACCESS_KEY_ID" : "AWS_SECRET_ACCESS_KEY") +
                     " is not set; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment (files of ~/.aws "
                     "are not read), or give the https:// address of a public file");
  }
  const auto plain = [](const std::string& text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; });
  };
  for (const auto* text : {&keys.key_id, &keys.secret, &keys.session_token, &keys.region}) {
    if (plain(*text)) continue;
    throw UsageError(address + ": AWS_" +
                     (text == &keys.region   ? "REGION"
                      : text == &keys.secret ? "SECRET_ACCESS_KEY"
                      : text == &keys.key_id ? "ACCESS_KEY_ID"
                                             : "SESSION_TOKEN") +
                     " has a space or a line end in it");
  }
  return keys;
}

Place s3_place(const std::string& address, bool allow_http) {
  const auto slash = address.find('/', 5);
  const std::string bucket = address.substr(5, slash - 5);
  const bool with_keys = bucket.find_first_of("@:") != std::string::npos && address.find('@') != std::string::npos;
  if (with_keys) refuse_password(address);
  check_bucket(bucket, address);
  if (slash == std::string::npos || slash + 1 == address.size() || address.back() == '/') {
    throw UsageError(address + ": names no key, and buckets are not listed; expected s3://bucket/key of one file, or " +
                     "ranges such as s3://" + bucket + "/shard-{000000..000099}.tar");
  }
  auto keys = keys_for(address);
  const std::string url = bucket_url(bucket, keys.region, allow_http) + "/" + path_encoded(address.substr(slash + 1));
  return {url, address, std::move(keys)};
}

}  // namespace

bool is_address(const std::string& input) {
  return begins_with(input, "https://") || begins_with(input, "http://") || begins_with(input, "s3://");
}

std::string without_query(const std::string& address) {
  // In S3's addresses these are letters of the key.
  return begins_with(address, "s3://") ? address : address.substr(0, address.find_first_of("?#"));
}

bool is_loopback(const std::string& url) {
  const std::string authority = authority_of(url);
  const std::string host =
      authority.substr(0, begins_with(authority, "[") ? authority.find(']') + 1 : authority.find(':'));
  const bool is_number = host.find_first_not_of("0123456789.") == std::string::npos;
  return host == "localhost" || host == "[::1]" || (is_number && begins_with(host, "127."));
}

Place place_of(const std::string& address, bool allow_http) {
  if (begins_with(address, "s3://")) return s3_place(address, allow_http);
  const std::string name = without_query(address);
  if (!is_address(address)) throw UsageError(name + ": is no address; expected https:// or s3://");
  check_url(address, name, allow_http);
  return {address, name};
}

}  // namespace soundfold::remote

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

/// Files of other machines, by https and from buckets of S3.
namespace soundfold::remote {

/// What requests to S3 are signed with.
struct AwsKeys {
  std::string key_id, secret;
  std::string session_token;  ///< empty: none
  std::string region;
};

/// Where a file is, and what it takes to get it.
struct Place {
  std::string url;
  std::string name;  ///< for messages: the address as it was given, without the query, which may hold secrets
  std::optional<AwsKeys> keys = std::nullopt;
};

/// Whether an input is an address, https://, http:// or s3://, rather than a path.
bool is_address(const std::string& input);

/// The address without what follows '?' or '#': as it may be printed and kept.
std::string without_query(const std::string& address);

/// Whether a URL's host is this machine: localhost, 127.*.*.* or [::1].
bool is_loopback(const std::string& url);

/// Resolves an address. s3://bucket/key is signed with AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and, where set,
/// AWS_SESSION_TOKEN, for the region AWS_REGION or AWS_DEFAULT_REGION (us-east-1 when neither is set), and goes to
/// AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL, or else to Amazon. http:// is for this machine alone, unless `allow_http`.
/// Throws UsageError for other addresses and for keys that are not set.
Place place_of(const std::string& address, bool allow_http = false);

}  // namespace soundfold::remote

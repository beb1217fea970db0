// SPDX-License-Identifier: Apache-2.0
#include "support/hashing.h"

#include "support/errors.h"
#include "support/files.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>

using namespace soundfold;

TEST_CASE("digests agree with published values", "[support]") {
  // FIPS 180-2 and RFC 1321 examples; XXH3's value for the empty input is given in its specification's tests.
  CHECK(hash_bytes(HashKind::sha256, "abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(hash_bytes(HashKind::md5, "message digest") == "f96b697d7cb7938d525a2f31aaf161d0");
  CHECK(hash_bytes(HashKind::xxh3_128, "") == "99aa06d3014798d86001c324468d497f");
}

TEST_CASE("pieces, bytes and files hash alike", "[support]") {
  const testing::TempFolder folder;
  const std::string bytes(700'001, 'q');
  write_file_atomically(folder / "f", bytes);
  for (const auto kind : {HashKind::xxh3_128, HashKind::sha256, HashKind::md5}) {
    Hasher pieces(kind);
    pieces.update(bytes.substr(0, 3));
    pieces.update(bytes.substr(3));
    const std::string whole = hash_bytes(kind, bytes);
    CHECK(pieces.hex_digest() == whole);
    CHECK(hash_file(kind, folder / "f") == whole);
  }
  CHECK_THROWS_AS(hash_file(HashKind::md5, folder / "none"), DataError);
}

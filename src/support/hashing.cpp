// SPDX-License-Identifier: Apache-2.0
#include "support/hashing.h"

#include "support/errors.h"

#include <openssl/evp.h>
#include <xxhash.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <vector>

namespace soundfold {
namespace {

std::string to_hex(const unsigned char* bytes, std::size_t count) {
  constexpr char digits[] = "0123456789abcdef";
  std::string text;
  text.reserve(2 * count);
  for (std::size_t i = 0; i < count; ++i) {
    text.push_back(digits[bytes[i] >> 4]);
    text.push_back(digits[bytes[i] & 15]);
  }
  return text;
}

}  // namespace

struct Hasher::Impl {
  std::unique_ptr<XXH3_state_t, decltype(&XXH3_freeState)> fast{nullptr, XXH3_freeState};
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> strong{nullptr, EVP_MD_CTX_free};
};

Hasher::Hasher(HashKind kind) : impl_(std::make_unique<Impl>()) {
  if (kind == HashKind::xxh3_128) {
    impl_->fast.reset(XXH3_createState());
    if (!impl_->fast || XXH3_128bits_reset(impl_->fast.get()) != XXH_OK) throw std::bad_alloc();
    return;
  }
  impl_->strong.reset(EVP_MD_CTX_new());
  const EVP_MD* algorithm = kind == HashKind::sha256 ? EVP_sha256() : EVP_md5();
  if (!impl_->strong || EVP_DigestInit_ex(impl_->strong.get(), algorithm, nullptr) != 1) {
    throw DataError("this machine's OpenSSL refuses to compute a digest");
  }
}

Hasher::~Hasher() = default;
Hasher::Hasher(Hasher&&) noexcept = default;
Hasher& Hasher::operator=(Hasher&&) noexcept = default;

void Hasher::update(const void* bytes, std::size_t count) {
  if (count == 0) return;
  if (impl_->fast) {
    XXH3_128bits_update(impl_->fast.get(), bytes, count);
  } else {
    EVP_DigestUpdate(impl_->strong.get(), bytes, count);
  }
}

std::string Hasher::hex_digest() {
  if (impl_->fast) {
    XXH128_canonical_t canonical;
    XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(impl_->fast.get()));
    return to_hex(canonical.digest, sizeof canonical.digest);
  }
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int count = 0;
  EVP_DigestFinal_ex(impl_->strong.get(), digest, &count);
  return to_hex(digest, count);
}

std::string hash_bytes(HashKind kind, std::string_view bytes) {
  if (kind == HashKind::xxh3_128) {
    XXH128_canonical_t canonical;
    XXH128_canonicalFromHash(&canonical, XXH3_128bits(bytes.data(), bytes.size()));
    return to_hex(canonical.digest, sizeof canonical.digest);
  }
  Hasher hasher(kind);
  hasher.update(bytes);
  return hasher.hex_digest();
}

std::string hash_file(HashKind kind, const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw DataError("cannot open " + path.string() + ": " + std::strerror(errno));
  Hasher hasher(kind);
  std::vector<char> block(std::size_t{1} << 18);
  while (in) {
    in.read(block.data(), static_cast<std::streamsize>(block.size()));
    hasher.update(block.data(), static_cast<std::size_t>(in.gcount()));
  }
  if (in.bad() || !in.eof()) throw DataError("cannot read " + path.string() + ": " + std::strerror(errno));
  return hasher.hex_digest();
}

std::uint64_t checksum64(const void* bytes, std::size_t count) {
  return XXH3_64bits(bytes, count);
}

}  // namespace soundfold

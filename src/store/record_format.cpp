// SPDX-License-Identifier: Apache-2.0
#include "store/record_format.h"

#include "support/errors.h"
#include "support/files.h"
#include "support/hashing.h"

#include <cstring>
#include <limits>

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the embedding store writes little-endian floats as they lie in memory; this processor is big-endian"
#endif

namespace soundfold::store {
namespace {

constexpr char kMagic[8] = {'S', 'F', 'E', 'M', 'B', 'E', 'D', '\n'};
constexpr std::uint32_t kDtypeFloat32 = 1;
// Far above anything real, and small enough that products of sizes cannot overflow 64 bits.
constexpr std::int64_t kMaxPatches = std::int64_t{1} << 31;
constexpr std::int64_t kMaxValues = std::int64_t{1} << 20;

struct Header {
  char magic[8];
  std::uint32_t version;
  std::uint32_t dtype;
  std::int64_t patch_count;
  std::int64_t embedding_size;
  std::int64_t score_count;
  std::int64_t sample_count;
  char key_digest[32];
  std::uint64_t part_count;  ///< 0: the numbers follow; otherwise the checksums of the parts that hold them
  char reserved[24];
  std::uint64_t payload_checksum;
  std::uint64_t header_checksum;  ///< of all bytes before it
};
static_assert(sizeof(Header) == kRecordHeaderBytes, "the header has no padding");

std::uint64_t header_checksum(const Header& header) {
  return checksum64(&header, offsetof(Header, header_checksum));
}

std::int64_t payload_values(std::int64_t patches, std::int64_t embedding_size, std::int64_t score_count) {
  return patches * (embedding_size + score_count + 1);
}

bool sizes_are_possible(const Header& header) {
  return header.patch_count >= 1 && header.patch_count <= kMaxPatches && header.embedding_size >= 1 &&
         header.embedding_size <= kMaxValues && header.score_count >= 0 && header.score_count <= kMaxValues &&
         header.sample_count >= 0;
}

std::size_t expected_bytes(const Header& header) {
  if (header.part_count > 0) return kRecordHeaderBytes + header.part_count * sizeof(std::uint64_t);
  const auto values = payload_values(header.patch_count, header.embedding_size, header.score_count);
  return kRecordHeaderBytes + static_cast<std::size_t>(values) * sizeof(float);
}

std::string header_problem(const std::string& key, const Header& header, std::size_t count) {
  if (std::memcmp(header.magic, kMagic, sizeof kMagic) != 0) return "its magic is wrong";
  if (header.header_checksum != header_checksum(header)) return "its header's checksum is wrong";
  if (header.version != kRecordFormatVersion) return "its format version is " + std::to_string(header.version);
  if (header.dtype != kDtypeFloat32) return "its dtype is " + std::to_string(header.dtype);
  if (hash_bytes(HashKind::xxh3_128, key) != std::string(header.key_digest, sizeof header.key_digest)) {
    return "it belongs to another key";
  }
  if (!sizes_are_possible(header) || header.part_count > static_cast<std::uint64_t>(kMaxPatches)) {
    return "its sizes are impossible";
  }
  if (count != expected_bytes(header)) return "its length is wrong";
  return {};
}

unsigned char* append_bytes(unsigned char* at, const std::vector<float>& values) {
  if (!values.empty()) std::memcpy(at, values.data(), values.size() * sizeof(float));
  return at + values.size() * sizeof(float);
}

const float* floats(const unsigned char* at) {
  // Through void*, because the place may be unaligned: Store copies before it is read.
  return static_cast<const float*>(static_cast<const void*>(at));
}

}  // namespace

std::size_t record_bytes(const ClipEmbeddings& value) {
  Header header{};
  header.patch_count = value.patch_count;
  header.embedding_size = value.embedding_size;
  header.score_count = value.score_count;
  header.sample_count = value.sample_count;
  const auto count = static_cast<std::size_t>(value.patch_count);
  if (!sizes_are_possible(header) || value.level_dbfs.size() != count ||
      value.embeddings.size() != count * static_cast<std::size_t>(value.embedding_size) ||
      value.scores.size() != count * static_cast<std::size_t>(value.score_count)) {
    throw UsageError("embedding store: a clip's sizes contradict each other: " + std::to_string(value.patch_count) +
                     " patches, but " + std::to_string(value.embeddings.size()) + " embedding values, " +
                     std::to_string(value.scores.size()) + " scores and " + std::to_string(value.level_dbfs.size()) +
                     " levels");
  }
  const auto values = payload_values(value.patch_count, value.embedding_size, value.score_count);
  const auto bytes = kRecordHeaderBytes + static_cast<std::size_t>(values) * sizeof(float);
  if (bytes > std::numeric_limits<std::uint32_t>::max()) {
    throw DataError("embedding store: a clip of " + std::to_string(value.patch_count) + " patches needs a record of " +
                    human_size(bytes) + ", but 4.3 GB is the most; cut the recording into parts");
  }
  return bytes;
}

namespace {

/// The header of `value`'s record over a payload that is in its place.
Header header_of(const std::string& key, const ClipEmbeddings& value, std::uint64_t part_count,
                 const unsigned char* payload, std::size_t payload_bytes) {
  Header header{};
  std::memcpy(header.magic, kMagic, sizeof kMagic);
  header.version = kRecordFormatVersion;
  header.dtype = kDtypeFloat32;
  header.patch_count = value.patch_count;
  header.embedding_size = value.embedding_size;
  header.score_count = value.score_count;
  header.sample_count = value.sample_count;
  const std::string digest = hash_bytes(HashKind::xxh3_128, key);
  std::memcpy(header.key_digest, digest.data(), sizeof header.key_digest);
  header.part_count = part_count;
  header.payload_checksum = checksum64(payload, payload_bytes);
  header.header_checksum = header_checksum(header);
  return header;
}

}  // namespace

void encode_record(const std::string& key, const ClipEmbeddings& value, unsigned char* target) {
  unsigned char* const payload = target + kRecordHeaderBytes;
  const unsigned char* end =
      append_bytes(append_bytes(append_bytes(payload, value.embeddings), value.scores), value.level_dbfs);
  const Header header = header_of(key, value, 0, payload, static_cast<std::size_t>(end - payload));
  std::memcpy(target, &header, sizeof header);
}

std::uint64_t part_checksum(const ClipEmbeddingsView& part) {
  const auto of = [](const float* values, std::int64_t count) {
    return checksum64(values, static_cast<std::size_t>(count) * sizeof(float));
  };
  const std::uint64_t sums[] = {of(part.embeddings, part.patch_count * part.embedding_size),
                                of(part.scores, part.patch_count * part.score_count),
                                of(part.level_dbfs, part.patch_count)};
  return checksum64(sums, sizeof sums);
}

std::uint64_t part_checksum(const ClipEmbeddings& part) {
  return part_checksum(ClipEmbeddingsView{part.patch_count, part.embedding_size, part.score_count, part.sample_count,
                                          part.embeddings.data(), part.scores.data(), part.level_dbfs.data()});
}

std::string encode_head(const std::string& key, const ClipEmbeddings& sizes,
                        const std::vector<std::uint64_t>& part_checksums) {
  const std::size_t payload_bytes = part_checksums.size() * sizeof(std::uint64_t);
  const auto* const payload = reinterpret_cast<const unsigned char*>(part_checksums.data());
  const Header header = header_of(key, sizes, part_checksums.size(), payload, payload_bytes);
  std::string bytes(sizeof header + payload_bytes, '\0');
  std::memcpy(bytes.data(), &header, sizeof header);
  std::memcpy(bytes.data() + sizeof header, payload, payload_bytes);
  return bytes;
}

std::uint64_t part_count(const unsigned char* bytes, std::size_t count) {
  Header header{};
  if (count >= sizeof header) std::memcpy(&header, bytes, sizeof header);
  return header.part_count;
}

namespace {

/// Checks a record and reads its sizes.
std::string decode_sizes(const std::string& key, const unsigned char* bytes, std::size_t count, bool verify,
                         ClipEmbeddingsView& view) {
  if (count < kRecordHeaderBytes) return "it is shorter than a header";
  Header header;
  std::memcpy(&header, bytes, sizeof header);
  if (std::string problem = header_problem(key, header, count); !problem.empty()) return problem;
  const unsigned char* payload = bytes + kRecordHeaderBytes;
  if (verify && checksum64(payload, count - kRecordHeaderBytes) != header.payload_checksum) {
    return "its payload's checksum is wrong";
  }
  view.patch_count = header.patch_count;
  view.embedding_size = header.embedding_size;
  view.score_count = header.score_count;
  view.sample_count = header.sample_count;
  return {};
}

}  // namespace

std::string decode_head(const std::string& key, const unsigned char* bytes, std::size_t count, ClipEmbeddingsView& view,
                        std::vector<std::uint64_t>& part_checksums) {
  if (count >= kRecordHeaderBytes && part_count(bytes, count) == 0) return "it is no record in parts";
  if (std::string problem = decode_sizes(key, bytes, count, true, view); !problem.empty()) return problem;
  view.embeddings = view.scores = view.level_dbfs = nullptr;
  part_checksums.resize((count - kRecordHeaderBytes) / sizeof(std::uint64_t));
  std::memcpy(part_checksums.data(), bytes + kRecordHeaderBytes, count - kRecordHeaderBytes);
  return {};
}

std::string decode_record(const std::string& key, const unsigned char* bytes, std::size_t count, bool verify,
                          ClipEmbeddingsView& view) {
  if (std::string problem = decode_sizes(key, bytes, count, verify, view); !problem.empty()) return problem;
  // A head is shorter than its sizes say: the pointers would leave it.
  if (part_count(bytes, count) > 0) return "it is in parts";
  const unsigned char* payload = bytes + kRecordHeaderBytes;
  const auto row = static_cast<std::size_t>(view.patch_count) * sizeof(float);
  view.embeddings = floats(payload);
  view.scores = floats(payload + row * static_cast<std::size_t>(view.embedding_size));
  view.level_dbfs = floats(payload + row * static_cast<std::size_t>(view.embedding_size + view.score_count));
  return {};
}

}  // namespace soundfold::store

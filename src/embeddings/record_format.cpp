#include "embeddings/record_format.h"

#include "support/errors.h"
#include "support/files.h"
#include "support/hashing.h"

#include <cstring>
#include <limits>

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the embedding store writes little-endian floats as they lie in memory; this processor is big-endian"
#endif

namespace soundfold::embeddings {
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
  char reserved[32];
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

std::string header_problem(const std::string& key, const Header& header, std::size_t count) {
  if (std::memcmp(header.magic, kMagic, sizeof kMagic) != 0) return "its magic is wrong";
  if (header.header_checksum != header_checksum(header)) return "its header's checksum is wrong";
  if (header.version != kRecordFormatVersion) return "its format version is " + std::to_string(header.version);
  if (header.dtype != kDtypeFloat32) return "its dtype is " + std::to_string(header.dtype);
  if (hash_bytes(HashKind::xxh3_128, key) != std::string(header.key_digest, sizeof header.key_digest)) {
    return "it belongs to another key";
  }
  if (!sizes_are_possible(header)) return "its sizes are impossible";
  const auto values = payload_values(header.patch_count, header.embedding_size, header.score_count);
  if (count != kRecordHeaderBytes + static_cast<std::size_t>(values) * sizeof(float)) return "its length is wrong";
  return {};
}

unsigned char* append(unsigned char* at, const std::vector<float>& values) {
  if (!values.empty()) std::memcpy(at, values.data(), values.size() * sizeof(float));
  return at + values.size() * sizeof(float);
}

const float* floats(const unsigned char* at) {
  // Through void*, because the place may be unaligned: Store copies before anyone looks.
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

void encode_record(const std::string& key, const ClipEmbeddings& value, unsigned char* target) {
  unsigned char* const payload = target + kRecordHeaderBytes;
  const unsigned char* end = append(append(append(payload, value.embeddings), value.scores), value.level_dbfs);
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
  header.payload_checksum = checksum64(payload, static_cast<std::size_t>(end - payload));
  header.header_checksum = header_checksum(header);
  std::memcpy(target, &header, sizeof header);
}

std::string decode_record(const std::string& key, const unsigned char* bytes, std::size_t count, bool verify,
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
  const auto row = static_cast<std::size_t>(header.patch_count) * sizeof(float);
  view.embeddings = floats(payload);
  view.scores = floats(payload + row * static_cast<std::size_t>(header.embedding_size));
  view.level_dbfs = floats(payload + row * static_cast<std::size_t>(header.embedding_size + header.score_count));
  return {};
}

}  // namespace soundfold::embeddings

// SPDX-License-Identifier: Apache-2.0
#include "promise.h"
#include "store/record_format.h"
#include "support/hashing.h"
#include "targets.h"

#include <cstring>
#include <vector>

namespace soundfold::fuzz {
namespace {

const std::string kKey = "input";
// Places in the header; docs/store_format.md has the whole table.
constexpr std::size_t kKeyDigestAt = 48;
constexpr std::size_t kPayloadChecksumAt = 112;
constexpr std::size_t kHeaderChecksumAt = 120;

/// Writes the key's digest and both checksums, so that what lies behind them is reached.
void sign(std::vector<unsigned char>& record) {
  if (record.size() < store::kRecordHeaderBytes) return;
  const std::string digest = hash_bytes(HashKind::xxh3_128, kKey);
  std::memcpy(record.data() + kKeyDigestAt, digest.data(), digest.size());
  const std::size_t payload_bytes = record.size() - store::kRecordHeaderBytes;
  const std::uint64_t payload = checksum64(record.data() + store::kRecordHeaderBytes, payload_bytes);
  std::memcpy(record.data() + kPayloadChecksumAt, &payload, sizeof payload);
  const std::uint64_t header = checksum64(record.data(), kHeaderChecksumAt);
  std::memcpy(record.data() + kHeaderChecksumAt, &header, sizeof header);
}

std::vector<float> copied(const float* values, std::int64_t rows, std::int64_t columns) {
  std::vector<float> copy(static_cast<std::size_t>(rows * columns));
  if (!copy.empty()) std::memcpy(copy.data(), static_cast<const void*>(values), copy.size() * sizeof(float));
  return copy;
}

/// What a view shows must be written as the very same bytes again (but for the reserved ones).
void check_view(const store::ClipEmbeddingsView& view, const std::vector<unsigned char>& record) {
  store::ClipEmbeddings value;
  value.patch_count = view.patch_count;
  value.embedding_size = view.embedding_size;
  value.score_count = view.score_count;
  value.sample_count = view.sample_count;
  value.embeddings = copied(view.embeddings, view.patch_count, view.embedding_size);
  value.scores = copied(view.scores, view.patch_count, view.score_count);
  value.level_dbfs = copied(view.level_dbfs, view.patch_count, 1);
  require(store::record_bytes(value) == record.size(), "a record of another length");
  std::vector<unsigned char> again(record.size());
  store::encode_record(kKey, value, again.data());
  const std::size_t payload_bytes = record.size() - store::kRecordHeaderBytes;
  require(std::memcmp(again.data() + store::kRecordHeaderBytes, record.data() + store::kRecordHeaderBytes,
                      payload_bytes) == 0,
          "a record whose values are written differently");
}

}  // namespace

/// Bits of the first byte: sign the record, verify its payload.
void try_record(const std::uint8_t* bytes, std::size_t count) {
  if (count == 0) return;
  std::vector<unsigned char> record(bytes + 1, bytes + count);
  if ((bytes[0] & 1) != 0) sign(record);
  store::ClipEmbeddingsView view;
  const bool verify = (bytes[0] & 2) != 0;
  const unsigned char* start = record.data();
  if (store::decode_record(kKey, start, record.size(), verify, view).empty()) check_view(view, record);
  std::vector<std::uint64_t> parts;
  if (store::decode_head(kKey, start, record.size(), view, parts).empty()) {
    require(!parts.empty() && parts.size() == store::part_count(start, record.size()), "a wrong number of parts");
  }
}

}  // namespace soundfold::fuzz

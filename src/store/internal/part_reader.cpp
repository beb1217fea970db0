// SPDX-License-Identifier: Apache-2.0
#include "store/internal/part_reader.h"

#include "store/record_format.h"
#include "support/hashing.h"

#include <algorithm>
#include <cstring>

namespace soundfold::store {
namespace {

/// Appends `count` floats that may lie unaligned.
void append_values(std::vector<float>& target, const float* values, std::int64_t count) {
  const std::size_t before = target.size();
  target.resize(before + static_cast<std::size_t>(count));
  std::memcpy(target.data() + before, static_cast<const void*>(values),
              static_cast<std::size_t>(count) * sizeof(float));
}

}  // namespace

std::string part_key(const std::string& key, std::int64_t number) {
  return hash_bytes(HashKind::xxh3_128, key) + "-" + std::to_string(number);
}

std::string PartReader::read(std::string_view record, bool numbers) {
  const auto* const bytes = reinterpret_cast<const unsigned char*>(record.data());
  std::vector<std::uint64_t> checksums;
  if (std::string problem = decode_head(key_, bytes, record.size(), sizes_, checksums); !problem.empty()) {
    return problem;
  }
  if (numbers) {
    whole_.embeddings.reserve(static_cast<std::size_t>(sizes_.patch_count * sizes_.embedding_size));
    whole_.scores.reserve(static_cast<std::size_t>(sizes_.patch_count * sizes_.score_count));
  }
  for (std::size_t i = 0; i < checksums.size(); ++i) {
    const auto number = static_cast<std::int64_t>(i);
    const std::string problem = read_part(number, checksums[i], numbers);
    if (!problem.empty()) return "part " + std::to_string(number) + ": " + problem;
    transaction_.release_touched();
  }
  return patches_read_ == sizes_.patch_count ? "" : "its parts are not as long as it says";
}

std::string PartReader::read_part(std::int64_t number, std::uint64_t checksum, bool numbers) {
  const std::string key = part_key(key_, number);
  std::string_view bytes;
  if (!transaction_.get(database_, key, bytes)) return "it is missing";
  ClipEmbeddingsView part;
  const auto* const start = reinterpret_cast<const unsigned char*>(bytes.data());
  if (std::string problem = decode_record(key, start, bytes.size(), false, part); !problem.empty()) return problem;
  if (part.embedding_size != sizes_.embedding_size || part.score_count != sizes_.score_count) return "its sizes differ";
  if (part_checksum(part) != checksum) return "its checksum is wrong";
  patches_read_ += part.patch_count;
  if (!numbers) return {};
  append_values(whole_.embeddings, part.embeddings, part.patch_count * part.embedding_size);
  append_values(whole_.scores, part.scores, part.patch_count * part.score_count);
  append_values(whole_.level_dbfs, part.level_dbfs, part.patch_count);
  return {};
}

bool PartReader::read_patches(std::int64_t first, std::int64_t count,
                              const std::function<void(const ClipEmbeddingsView&)>& use) {
  for (std::int64_t number = 0; count > 0; ++number) {
    const std::string key = part_key(key_, number);
    std::string_view bytes;
    ClipEmbeddingsView part;
    if (!transaction_.get(database_, key, bytes)) return false;
    const auto* const start = reinterpret_cast<const unsigned char*>(bytes.data());
    if (!decode_record(key, start, bytes.size(), false, part).empty()) return false;
    const auto skipped = std::min(first, part.patch_count);
    const auto taken = std::min(count, part.patch_count - skipped);
    first -= skipped;
    count -= taken;
    const AlignedPayload aligned(bytes, part);
    if (taken > 0) use(part.part(skipped, taken));
  }
  return true;
}

ClipEmbeddingsView PartReader::view() const {
  ClipEmbeddingsView view = sizes_;
  if (whole_.embeddings.empty()) return view;
  view.embeddings = whole_.embeddings.data();
  view.scores = whole_.scores.data();
  view.level_dbfs = whole_.level_dbfs.data();
  return view;
}

RecordState look_up_record(const database::Environment& environment, const std::string& key, bool numbers,
                           const std::function<void(const ClipEmbeddingsView&)>& use, std::string& problem) {
  RecordState state = RecordState::missing;
  environment.read([&](const database::Transaction& transaction) {
    std::string_view record;
    if (!transaction.get(environment.databases().records, key, record)) return;
    const auto* const bytes = reinterpret_cast<const unsigned char*>(record.data());
    if (part_count(bytes, record.size()) > 0) {
      PartReader parts(transaction, environment.databases().parts, key);
      problem = parts.read(record, numbers);
      state = problem.empty() ? RecordState::intact : RecordState::damaged;
      if (state == RecordState::intact && use) use(parts.view());
      return;
    }
    ClipEmbeddingsView view;
    problem = decode_record(key, bytes, record.size(), true, view);
    state = problem.empty() ? RecordState::intact : RecordState::damaged;
    if (state != RecordState::intact || !use) return;
    const AlignedPayload aligned(record, view);
    use(view);
  });
  return state;
}

}  // namespace soundfold::store

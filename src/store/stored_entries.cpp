// SPDX-License-Identifier: Apache-2.0
#include "store/stored_entries.h"

#include "store/internal/part_reader.h"
#include "store/record_format.h"
#include "support/hashing.h"

#include <algorithm>

namespace soundfold::store {
namespace {

constexpr std::size_t kTransactionBytes = std::size_t{4} << 20;
constexpr std::size_t kTransactionEntries = 4096;

const unsigned char* start_of(std::string_view record) {
  return reinterpret_cast<const unsigned char*>(record.data());
}

/// How many parts a head names, or 0; of a damaged one no more than it has room for.
std::int64_t named_parts(std::string_view record) {
  const std::uint64_t named = part_count(start_of(record), record.size());
  const std::uint64_t room =
      record.size() < kRecordHeaderBytes ? 0 : (record.size() - kRecordHeaderBytes) / sizeof(std::uint64_t);
  return static_cast<std::int64_t>(named < room ? named : room);
}

}  // namespace

std::string problem_of_record(const database::Transaction& transaction, const database::Databases& databases,
                              std::string_view key, std::string_view record) {
  if (part_count(start_of(record), record.size()) > 0) {
    return PartReader(transaction, databases.parts, std::string(key)).read(record, false);
  }
  ClipEmbeddingsView view;
  return decode_record(std::string(key), start_of(record), record.size(), true, view);
}

std::string problem_of_recipe(std::string_view digest, std::string_view text) {
  return hash_bytes(HashKind::xxh3_128, text) == digest ? "" : "the recipe's text is not the one of its digest";
}

RecordSize size_of_record(const database::Transaction& transaction, const database::Databases& databases,
                          std::string_view key, std::string_view record) {
  RecordSize size{record.size(), 0};
  const std::int64_t parts = named_parts(record);
  for (std::int64_t number = 0; number < parts; ++number) {
    std::string_view part;
    if (!transaction.get(databases.parts, part_key(std::string(key), number), part)) continue;
    size.bytes += part.size();
    ++size.parts;
  }
  return size;
}

std::string_view remembered_digest(std::string_view value) {
  // "v2 <state> <digest>\n<path>"
  const auto line = value.substr(0, std::min(value.size(), value.find('\n')));
  return line.substr(line.rfind(' ') + 1);  // without a blank: all of it
}

RememberedFile remembered_file(std::string_view value) {
  const auto line_end = value.find('\n');
  if (line_end == std::string_view::npos) return {};
  return {std::string(remembered_digest(value)), std::string(value.substr(line_end + 1))};
}

void BatchWriter::add(MDB_dbi database, std::string_view key, std::string_view value) {
  entries_.push_back({database, std::string(key), std::string(value)});
  bytes_ += key.size() + value.size();
  if (bytes_ >= kTransactionBytes || entries_.size() >= kTransactionEntries) flush();
}

void BatchWriter::add_with_parts(const database::Environment& from, const std::string& key, const std::string& record) {
  const std::int64_t parts = named_parts(record);
  for (std::int64_t number = 0; number < parts; ++number) {
    from.read([&](const database::Transaction& reading) {
      const std::string name = part_key(key, number);
      std::string_view part;
      if (reading.get(from.databases().parts, name, part)) add(target_.databases().parts, name, part);
    });
  }
  add(target_.databases().records, key, record);
}

void BatchWriter::flush() {
  if (entries_.empty()) return;
  target_.write([&](database::Transaction& writing) {
    for (const auto& entry : entries_) writing.put(entry.database, entry.key, entry.value);
  });
  entries_.clear();
  bytes_ = 0;
}

}  // namespace soundfold::store

#pragma once

#include "embeddings/store.h"

#include <cstddef>
#include <cstdint>
#include <string>

/// The bytes of one record; docs/store_format.md describes them.
namespace soundfold::embeddings {

inline constexpr std::uint32_t kRecordFormatVersion = 1;
inline constexpr std::size_t kRecordHeaderBytes = 128;

/// Bytes of the record of `value`. Throws UsageError when its sizes contradict each other, DataError when the record
/// would be larger than the 4 GiB that LMDB takes.
std::size_t record_bytes(const ClipEmbeddings& value);

/// Writes header and payload to `target`, which holds record_bytes(value) bytes.
void encode_record(const std::string& key, const ClipEmbeddings& value, unsigned char* target);

/// Reads a record's header; the pointers of `view` point behind it (they may be unaligned). Returns what is wrong, or
/// an empty text. `verify` also checks the payload's checksum.
std::string decode_record(const std::string& key, const unsigned char* bytes, std::size_t count, bool verify,
                          ClipEmbeddingsView& view);

}  // namespace soundfold::embeddings

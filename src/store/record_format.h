// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/store.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

/// The bytes of one record; docs/store_format.md describes them.
namespace soundfold::store {

inline constexpr std::uint32_t kRecordFormatVersion = 1;
inline constexpr std::size_t kRecordHeaderBytes = 128;

/// Bytes of the record of `value`. Throws UsageError when its sizes contradict each other, DataError when the record
/// would be larger than the 4 GiB that LMDB takes.
std::size_t record_bytes(const ClipEmbeddings& value);

/// Writes header and payload to `target`, which holds record_bytes(value) bytes.
void encode_record(const std::string& key, const ClipEmbeddings& value, unsigned char* target);

/// Of a clip's numbers, as its head keeps it.
std::uint64_t part_checksum(const ClipEmbeddingsView& part);
std::uint64_t part_checksum(const ClipEmbeddings& part);

/// A head: the sizes of a clip whose numbers are stored in parts, and the parts' checksums.
std::string encode_head(const std::string& key, const ClipEmbeddings& sizes,
                        const std::vector<std::uint64_t>& part_checksums);
/// How many parts the record is in; 0 when it is whole. Looks at nothing else.
std::uint64_t part_count(const unsigned char* bytes, std::size_t count);
/// Reads a head: sizes (the pointers of `view` stay null) and checksums. Returns what is wrong, or an empty text.
std::string decode_head(const std::string& key, const unsigned char* bytes, std::size_t count, ClipEmbeddingsView& view,
                        std::vector<std::uint64_t>& part_checksums);

/// Reads a record's header; the pointers of `view` point behind it (they may be unaligned). Returns what is wrong, or
/// an empty text. `verify` also checks the payload's checksum. A head is refused.
std::string decode_record(const std::string& key, const unsigned char* bytes, std::size_t count, bool verify,
                          ClipEmbeddingsView& view);

}  // namespace soundfold::store

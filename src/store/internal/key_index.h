// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "database/environment.h"

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace soundfold::store {

using Environments = std::vector<std::shared_ptr<database::Environment>>;

/// Which of several environments have a record or a remembered file: 16 bytes for each, in memory, so that a look-up
/// opens one of a thousand shards and not all. Nothing may be written to them meanwhile.
class KeyIndex {
 public:
  /// Reads the keys of all.
  explicit KeyIndex(const Environments& environments);

  /// The environments that may have `key` in `records` or `files`, in their order; mostly one.
  std::vector<const database::Environment*> find(std::string_view key) const;

 private:
  struct Place {
    std::uint64_t key_checksum;
    std::uint32_t environment;
    bool operator<(const Place& other) const {
      return key_checksum != other.key_checksum ? key_checksum < other.key_checksum : environment < other.environment;
    }
  };
  const Environments& environments_;
  std::vector<Place> places_;
};

}  // namespace soundfold::store

// SPDX-License-Identifier: Apache-2.0
#include "store/internal/key_index.h"

#include "support/hashing.h"

#include <algorithm>

namespace soundfold::store {

KeyIndex::KeyIndex(const Environments& environments) : environments_(environments) {
  for (std::uint32_t i = 0; i < environments.size(); ++i) {
    const auto take = [&](const database::Transaction&, const database::Entries& entries) {
      for (const auto& [key, value] : entries) places_.push_back({checksum64(key.data(), key.size()), i});
    };
    environments[i]->for_each_chunk(environments[i]->databases().records, take, false);
    environments[i]->for_each_chunk(environments[i]->databases().files, take, false);
  }
  places_.shrink_to_fit();
  std::sort(places_.begin(), places_.end());
}

std::vector<const database::Environment*> KeyIndex::find(std::string_view key) const {
  const Place wanted{checksum64(key.data(), key.size()), 0};
  std::vector<const database::Environment*> found;
  for (auto place = std::lower_bound(places_.begin(), places_.end(), wanted);
       place != places_.end() && place->key_checksum == wanted.key_checksum; ++place) {
    found.push_back(environments_[place->environment].get());
  }
  return found;
}

}  // namespace soundfold::store

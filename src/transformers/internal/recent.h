// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

/// Private to this room.
namespace soundfold::transformers {

/// The values of the keys used last, at most `kMost`.
template <typename Key, typename Value>
class Recent {
 public:
  static constexpr std::size_t kMost = 8;

  /// Null when there is none. Good until the next add().
  Value* find(const Key& key) {
    const auto at =
        std::find_if(entries_.begin(), entries_.end(), [&](const auto& entry) { return entry.first == key; });
    if (at == entries_.end()) return nullptr;
    std::rotate(at, at + 1, entries_.end());
    return &entries_.back().second;
  }

  Value& add(const Key& key, Value value) {
    if (entries_.size() == kMost) entries_.erase(entries_.begin());
    entries_.emplace_back(key, std::move(value));
    return entries_.back().second;
  }

  void clear() { entries_.clear(); }

 private:
  std::vector<std::pair<Key, Value>> entries_;  ///< the last used at the end
};

}  // namespace soundfold::transformers

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ranks/join.h"
#include "ranks/place.h"

#include <c10/util/intrusive_ptr.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace c10d {
class Store;
}

namespace soundfold::ranks {

/// The keys and texts that all ranks share: c10d's TCPStore, which rank 0 serves, or its FileStore. Any thread may use
/// it. What it throws when rank 0 or the file is gone are LibTorch's errors.
class Meeting {
 public:
  /// Opens it and waits until all ranks have. Throws as with_ranks().
  Meeting(const Place& place, const Patience& patience);
  ~Meeting();

  void set(const std::string& key, const std::string& text);
  std::optional<std::string> get(const std::string& key);  ///< nothing: no rank has set it
  std::int64_t add(const std::string& key, std::int64_t more);
  void remove(const std::string& key);

  const c10::intrusive_ptr<c10d::Store>& store() const { return store_; }
  /// The address of this machine on the way to the meeting; empty when that is a file.
  const std::string& own_address() const { return own_address_; }

 private:
  void take_place(const Place& place);
  void wait_for_others(const Place& place, const Patience& patience);

  c10::intrusive_ptr<c10d::Store> store_;
  std::string own_address_;
};

}  // namespace soundfold::ranks

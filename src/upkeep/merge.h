// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace soundfold::upkeep {

struct MergeResult {
  std::int64_t added = 0;      ///< records written; over a damaged one too
  std::int64_t present = 0;    ///< that were there already, byte for byte
  std::int64_t different = 0;  ///< of a key that is there with other bytes, which stay
  std::int64_t damaged = 0;    ///< damaged in the input, therefore left out
  std::int64_t recipes = 0;    ///< added
  std::int64_t files = 0;      ///< remembered files added

  /// "3 records added, ..."
  std::string summary() const;
};

/// Adds everything in `inputs` to the store `out`, which is made when it is missing: input after input, each in the
/// order of its keys. Inputs are opened for reading and verified record by record. What `out` has stays; of a
/// remembered file too. `report` gets a line for each record that differs or is damaged. Memory does not depend on the
/// size of the stores. Killed or interrupted at any moment, `out` is a valid store, and another call completes it.
/// Shows progress. Throws UsageError when `out` is one of the inputs or a folder of shards, what opening a store
/// throws, and Interrupted.
MergeResult merge_stores(const std::filesystem::path& out, const std::vector<std::filesystem::path>& inputs,
                         const std::function<void(const std::string&)>& report);

}  // namespace soundfold::upkeep

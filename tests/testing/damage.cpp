// SPDX-License-Identifier: Apache-2.0
#include "testing/damage.h"

namespace soundfold::testing {

std::size_t unnoticed_flips(const std::string& bytes, const std::vector<std::size_t>& places,
                            const std::function<bool(const std::string& damaged)>& is_refused) {
  std::size_t unnoticed = 0;
  for (const std::size_t place : places) {
    std::string damaged = bytes;
    damaged.at(place) = static_cast<char>(damaged.at(place) ^ 0x10);
    unnoticed += is_refused(damaged) ? 0U : 1U;
  }
  return unnoticed;
}

}  // namespace soundfold::testing

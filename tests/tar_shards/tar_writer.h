// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace soundfold::testing {

/// Names and bytes of members, in order.
using Members = std::vector<std::pair<std::string, std::string>>;

enum class TarFilter { none, gzip, zstd };

/// A tar (as GNU tar writes it) of these members, with its end mark. A name that ends with '/' becomes a
/// folder, bytes that begin with "-> " a symbolic link.
std::string tar_of(const Members& members, TarFilter filter = TarFilter::none);

}  // namespace soundfold::testing

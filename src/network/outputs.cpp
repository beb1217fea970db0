// SPDX-License-Identifier: Apache-2.0
#include "network/outputs.h"

#include "support/errors.h"

#include <algorithm>

namespace soundfold::network {

std::int64_t embedding_size(const Description& network, const std::vector<std::int64_t>& taps) {
  auto size = network.embedding_size();
  if (network.transformer) return size + 2 * size * static_cast<std::int64_t>(taps.size());
  const auto all = blocks(network);
  for (const auto tap : taps) {
    const auto& block = all.at(static_cast<std::size_t>(tap - 1));
    size += 2 * network.layers.at(block.last_layer()).out_channels;
  }
  return size;
}

void refuse_rows(const Description& network, const std::string& what) {
  if (network.input.row_frames == 0) return;
  throw UsageError(what + ": not with a backbone whose rows are time columns; import it without --rows columns");
}

std::optional<std::size_t> silence_class(const std::vector<std::string>& class_names) {
  const auto found = std::find(class_names.begin(), class_names.end(), "Silence");
  if (found == class_names.end()) return std::nullopt;
  return static_cast<std::size_t>(found - class_names.begin());
}

}  // namespace soundfold::network

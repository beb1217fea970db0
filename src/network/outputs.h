// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "network/description.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// What a backbone gives: the size of its embeddings, and its classes.
namespace soundfold::network {

/// Values of an embedding to which each block of `taps` (numbered from 1) adds the mean and the maximum of each of its
/// channels. Throws std::out_of_range for a block that the network does not have.
std::int64_t embedding_size(const Description& network, const std::vector<std::int64_t>& taps);

/// Throws UsageError, which says that `what` cannot be done, where a patch has several rows (InputRecipe::row_frames).
void refuse_rows(const Description& network, const std::string& what);

/// Which of a backbone's classes is called Silence, as in AudioSet; nothing when none is.
std::optional<std::size_t> silence_class(const std::vector<std::string>& class_names);

}  // namespace soundfold::network

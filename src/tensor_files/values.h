// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

/// What readers of tensors share.
namespace soundfold::tensor_files {

/// "[3, 3, 1, 32]", for messages.
std::string shape_text(const std::vector<std::int64_t>& shape);

/// Bytes of a message of which a damaged or hostile file may have written a part; see shown() in text/text.h.
inline constexpr std::size_t kMaxMessageBytes = 1'000;

/// Throws DataError naming the tensor when a value is not finite.
void check_finite(const std::vector<float>& values, const std::string& where);

}  // namespace soundfold::tensor_files

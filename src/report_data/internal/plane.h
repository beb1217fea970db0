// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "device/torch.h"

#include <cstdint>
#include <vector>

namespace soundfold::report_data {

/// Projects the rows of `embeddings` on the two directions in which the rows `chosen` vary most (principal component
/// analysis): [C, 2]. The sign of a direction is that in which its largest entry is positive. Of many rows the
/// directions are those of 1,000 spread evenly. Undefined for fewer than three rows.
torch::Tensor plane_of(const torch::Tensor& embeddings, const std::vector<std::int64_t>& chosen);

}  // namespace soundfold::report_data

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "transformers/internal/model.h"

#include <vector>

/// A plan's primitives on one piece of memory. Private to this room.
namespace soundfold::transformers {

struct Call {
  dnnl::primitive primitive;
  primitives::Arguments arguments;
};
using Calls = std::vector<Call>;

/// From squares to tokens, each block, the last norm. `memory` has plan.places.size bytes.
std::vector<Calls> calls_of(const Plan& plan, const Model& model, char* memory);

}  // namespace soundfold::transformers

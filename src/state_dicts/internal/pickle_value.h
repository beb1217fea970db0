// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

/// What a pickle works with. Private to this room.
namespace soundfold::state_dicts {

enum class Kind { nothing, boolean, integer, text, name, tuple, dict, storage, tensor };

enum Name : std::int64_t { ordered_dict, rebuild_tensor, float_storage, long_storage };
constexpr std::array<std::string_view, 4> kNames = {"collections.OrderedDict", "torch._utils._rebuild_tensor_v2",
                                                    "torch.FloatStorage", "torch.LongStorage"};

/// Of the pickle's machine. Whatever has parts is kept by number, so that no value owns another.
struct Value {
  Kind kind = Kind::nothing;
  std::int64_t number = 0;  ///< an integer, a Name, or the number of a tuple, dict, storage or tensor
  std::string_view text;    ///< in the pickle
};

using Values = std::vector<Value>;

}  // namespace soundfold::state_dicts

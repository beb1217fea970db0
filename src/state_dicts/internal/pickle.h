// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// The pickle of a state dict. Private to this room.
namespace soundfold::state_dicts {

/// A tensor as the pickle describes it: where its values lie, but not these.
struct TensorPlace {
  std::string_view name;     ///< in the state dict
  std::string_view storage;  ///< the name of the entry that has its values
  bool floating = true;      ///< float32, not int64
  std::int64_t storage_values = 0;
  std::int64_t offset = 0;
  std::vector<std::int64_t> shape, strides;
};

/// Carries out a pickle of protocol 2 with those instructions alone that a state dict is made of, and with four names:
/// collections.OrderedDict, torch._utils._rebuild_tensor_v2, torch.FloatStorage and torch.LongStorage. Nothing is
/// imported or called: a name becomes one of four numbers. The places refer to `pickle`, in its order. Throws DataError
/// for anything else; `file` stands for the file in messages.
std::vector<TensorPlace> tensors_in_pickle(std::string_view pickle, const std::string& file);

}  // namespace soundfold::state_dicts

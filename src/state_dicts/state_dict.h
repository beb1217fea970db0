// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

/// Files that PyTorch's torch.save() writes of a module's state dict: a zip archive with a pickle of names, types and
/// shapes, and the values beside it. A pickle is a program; of this one only what a state dict needs is carried out
/// (internal/pickle.h), here and without LibTorch.
namespace soundfold::state_dicts {

/// A tensor, of one of two types.
struct SavedTensor {
  std::vector<std::int64_t> shape;          ///< empty of a single value
  bool floating = true;                     ///< float32, not int64
  std::vector<float> values;                ///< row-major, finite
  std::vector<std::int64_t> whole_numbers;  ///< of int64
};

using StateDict = std::map<std::string, SavedTensor>;

/// Whether the file is such an archive by the names in it (and no TorchScript file). False for one that cannot be read.
bool is_state_dict(const std::filesystem::path& path);

/// Reads an archive in memory; `name` stands for the file in messages. Throws DataError of one line that names the
/// fault: an archive that is damaged, a pickle that does anything else than naming tensors of float32 or int64 (with
/// the name of what it wanted to call), tensors that are not stored row by row or share their values, values that are
/// not finite, sizes that do not fit.
StateDict read_state_dict(std::string_view bytes, const std::string& name);

/// The same of such an archive's parts: its data.pkl, and the bytes of each data/<key> by key.
StateDict state_dict_of(std::string_view pickle, const std::map<std::string, std::string>& values,
                        const std::string& name);

/// The same of a file of at most 500 MB. Throws DataError too when it is missing.
StateDict read_state_dict(const std::filesystem::path& path);

}  // namespace soundfold::state_dicts

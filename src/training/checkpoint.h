// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "device/torch.h"
#include "heads/head_state.h"
#include "ranks/group.h"
#include "training/fingerprint.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace soundfold::training {

/// All that is needed to resume after a complete epoch. File format: docs/training.md.
struct Checkpoint {
  Fingerprint fingerprint;      ///< what it belongs to
  heads::NamedTensors tensors;  ///< float32, float64 or int64, on the CPU

  const torch::Tensor& tensor(const std::string& name) const;  ///< throws DataError when there is none
  /// The tensors whose names start with `prefix`, in order, without it.
  heads::NamedTensors group(const std::string& prefix) const;
  /// Adds `tensors`, their names behind `prefix`; copied only when they are not on the CPU yet.
  void add_group(const std::string& prefix, const heads::NamedTensors& tensors);
};

/// The numbers of one epoch, as a row of a checkpoint's tensor `history`.
inline constexpr std::int64_t kHistoryColumns = 9;
using HistoryRow = std::array<double, kHistoryColumns>;

/// The history of a training as a table [epochs, 9] float64; `row_of` gives an epoch's numbers.
template <typename Epoch>
torch::Tensor history_table(const std::vector<Epoch>& history, HistoryRow (*row_of)(const Epoch&)) {
  auto table = torch::empty({static_cast<std::int64_t>(history.size()), kHistoryColumns}, torch::kFloat64);
  auto* value = table.data_ptr<double>();
  for (const auto& epoch : history) {
    const auto row = row_of(epoch);
    value = std::copy(row.begin(), row.end(), value);
  }
  return table;
}

/// The history of such a table; `epoch_of` is the way back.
template <typename Epoch>
std::vector<Epoch> history_from(const torch::Tensor& table, Epoch (*epoch_of)(const HistoryRow&)) {
  std::vector<Epoch> history;
  HistoryRow row{};
  const auto* value = table.data_ptr<double>();
  for (std::int64_t epoch = 0; epoch < table.size(0); ++epoch, value += kHistoryColumns) {
    std::copy_n(value, kHistoryColumns, row.begin());
    history.push_back(epoch_of(row));
  }
  return history;
}

/// The file's bytes, and back. `name` stands for the file in messages. Throws DataError when they are not a whole,
/// undamaged checkpoint of this format version: truncated, or any bit changed.
std::string checkpoint_bytes(const Checkpoint& checkpoint);
Checkpoint parse_checkpoint(std::string_view bytes, const std::string& name);

/// Writes atomically; reads and checks. Both throw DataError naming the file.
void save_checkpoint(const std::filesystem::path& file, const Checkpoint& checkpoint);
Checkpoint load_checkpoint(const std::filesystem::path& file);

/// The checkpoint that ranks resume from: rank 0 reads it, all get it; without a group as load_checkpoint. Nothing
/// where there is none.
std::optional<Checkpoint> find_checkpoint(const std::filesystem::path& file, ranks::Group* group);

}  // namespace soundfold::training

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

/// Inputs to start from: real files of `mirror` (empty: none) cut to size, and files that libraries write here.
/// Each function fills its targets' folders below `out`.
namespace soundfold::fuzz {

struct Places {
  std::filesystem::path out;
  std::filesystem::path mirror;
  std::filesystem::path source;  ///< the project's root, for its configurations

  /// Writes one seed to out/<target>/<name>.
  void add(const std::string& target, const std::string& name, std::string_view bytes) const;
};

void make_sounds(const Places& places);
/// Small ones; one run of their targets takes a millisecond.
void make_weight_files(const Places& places);
/// Whole networks, which take a hundred.
void make_large_weight_files(const Places& places);
void make_texts(const Places& places);
void make_tars(const Places& places);

}  // namespace soundfold::fuzz

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "dataset/dataset.h"
#include "support/errors.h"

#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

namespace soundfold::testing {

/// Writes a small file with its folders. Loading a data set looks at names, never into sound files.
inline void put_file(const std::filesystem::path& path, const std::string& text = "x") {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

/// The message of the `Error` that `body` throws; fails loudly when it throws none or another.
template <typename Error>
std::string message_of(const std::function<void()>& body) {
  try {
    body();
  } catch (const Error& error) {
    return error.what();
  }
  throw std::logic_error("nothing was thrown");
}

/// A data set in memory: one clip per entry, in the classes "a", "b", ...
struct SampleClip {
  std::vector<std::int64_t> labels;
  int fold;
  std::string source;
};

inline dataset::Dataset sample_dataset(int class_count, const std::vector<SampleClip>& clips) {
  dataset::Dataset data;
  data.name = "sample";
  for (int k = 0; k < class_count; ++k) data.class_names.push_back(std::string(1, static_cast<char>('a' + k)));
  for (const auto& clip : clips) {
    const std::string id = "clip" + std::to_string(data.clips.size());
    data.clips.push_back({id, id, clip.labels, clip.fold, clip.source});
  }
  return data;
}

}  // namespace soundfold::testing

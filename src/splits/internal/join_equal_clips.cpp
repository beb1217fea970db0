// SPDX-License-Identifier: Apache-2.0
#include "splits/internal/join_equal_clips.h"

#include "dataset/equal_clips.h"
#include "extraction/file_digests.h"
#include "support/errors.h"

#include <filesystem>
#include <memory>
#include <vector>

namespace soundfold::splits {
namespace fs = std::filesystem;
namespace {

/// The store, to save hashing: null when there is none yet, or none that can be opened, which is not an error here.
std::unique_ptr<store::Store> existing_store(const fs::path& folder) {
  try {
    if (fs::exists(folder / "data.mdb")) return std::make_unique<store::Store>(folder);
  } catch (const DataError&) {
  } catch (const fs::filesystem_error&) {
  }
  return nullptr;
}

}  // namespace

void join_equal_clips(const config::Experiment& experiment, dataset::Dataset& data) {
  std::vector<fs::path> paths;
  paths.reserve(data.clips.size());
  for (const auto& clip : data.clips) paths.push_back(clip.path);
  const auto store = existing_store(experiment.store.folder);
  dataset::join_equal_clips(
      data, extraction::digests_of_equal_sizes(paths, store.get(), static_cast<int>(experiment.run.threads)));
}

}  // namespace soundfold::splits

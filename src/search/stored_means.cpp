// SPDX-License-Identifier: Apache-2.0
#include "search/stored_means.h"

#include "support/progress.h"

#include <unordered_map>
#include <utility>

namespace soundfold::search {
namespace {

constexpr double kStoredRateHz = 16'000;  // of ClipEmbeddings::sample_count

std::unordered_map<std::string, std::vector<std::string>> files_by_digest(const store::Store& store) {
  std::unordered_map<std::string, std::vector<std::string>> files;
  for (auto& file : store.remembered_files()) files[file.digest].push_back(std::move(file.path));
  return files;
}

}  // namespace

StoredMeans stored_means(const store::Store& store, const std::string& recipe_digest) {
  StoredMeans result;
  const auto files = files_by_digest(store);
  const auto keys = store.record_keys("-" + recipe_digest);
  Progress progress("reading embeddings", static_cast<std::int64_t>(keys.size()), "clips");
  for (const auto& key : keys) {
    StoredClip clip;
    clip.audio_digest = key.substr(0, key.find('-'));
    const bool intact = store.read(key, [&](const store::ClipEmbeddingsView& view) {
      clip.patch_count = view.patch_count;
      clip.seconds = static_cast<double>(view.sample_count) / kStoredRateHz;
      append_mean(result.means, view.embeddings, view.patch_count, view.embedding_size);
    });
    progress.advance();
    if (!intact) {
      ++result.damaged;
      continue;
    }
    if (const auto known = files.find(clip.audio_digest); known != files.end()) clip.files = known->second;
    result.clips.push_back(std::move(clip));
  }
  to_unit_length(result.means);
  return result;
}

}  // namespace soundfold::search

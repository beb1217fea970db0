// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "extraction/fixtures.h"
#include "support/files.h"
#include "tar_shards/streamed_clips.h"
#include "tar_shards/tar_writer.h"
#include "testing/testing.h"

#include <cstdio>
#include <map>
#include <string>
#include <vector>

namespace soundfold::testing {

/// Writes `count` tones of `seconds` each as files below `folder`, and gives them as members of a tar.
inline Members made_up_sounds(const std::filesystem::path& folder, int count, double seconds) {
  std::filesystem::create_directories(folder);
  Members members;
  for (int i = 0; i < count; ++i) {
    char name[16];
    std::snprintf(name, sizeof name, "%06d.wav", i);
    write_tone(folder / name, seconds, 200 + i);
    members.emplace_back(name, read_file(folder / name));
  }
  return members;
}

/// Every record of a store, as bytes, by its key.
inline std::map<std::string, std::string> records_of(const store::Store& store) {
  std::vector<std::string> keys;
  store.for_each_key("", [&](std::string_view key) { keys.emplace_back(key); });
  std::map<std::string, std::string> records;
  for (const auto& key : keys) {
    store.read(key, [&](const store::ClipEmbeddingsView& view) {
      std::string& bytes = records[key];
      bytes = std::to_string(view.sample_count) + " ";
      const auto add = [&](const float* values, std::int64_t count) {
        bytes.append(reinterpret_cast<const char*>(values), static_cast<std::size_t>(count) * sizeof(float));
      };
      add(view.embeddings, view.patch_count * view.embedding_size);
      add(view.scores, view.patch_count * view.score_count);
      add(view.level_dbfs, view.patch_count);
    });
  }
  return records;
}

/// What an extraction of streamed inputs gave.
struct Streamed {
  extraction::ExtractionTotals totals;
  std::vector<std::string> paths;
  std::vector<std::string> problems;  ///< of each clip; "" of a good one
  std::map<std::string, std::string> records;
};

inline extraction::ExtractionOptions quiet_options(bool skip_bad = false, int threads = 1) {
  extraction::ExtractionOptions options;
  options.threads = threads;
  options.skip_bad_clips = skip_bad;
  return options;
}

/// Extracts `inputs`, as embedder does, with a made-up network into a new store in `folder`.
inline Streamed stream_into(const std::filesystem::path& folder, const std::vector<std::string>& inputs,
                            const extraction::ExtractionOptions& options = quiet_options()) {
  const auto list = extraction::listed_clips(inputs);
  tar_shards::StreamedOptions how;
  how.first_pause_ms = 1;
  tar_shards::StreamedClips clips(list, how);
  FakeBackbone backbone;
  store::Store store(folder);
  extraction::ClipResults results;
  Streamed result;
  result.totals = extraction::extract(clips.source(), backbone, store, options, results);
  for (std::size_t i = 0; i < clips.clips().size(); ++i) {
    result.paths.push_back(clips.clips().path(i));
    result.problems.push_back(results.problem(i).value_or(""));
  }
  result.records = records_of(store);
  return result;
}

/// The records of the files of a folder.
inline std::map<std::string, std::string> records_of_folder(const std::filesystem::path& store_folder,
                                                            const std::string& sounds) {
  const auto list = extraction::listed_clips({sounds});
  FakeBackbone backbone;
  store::Store store(store_folder);
  extraction::ClipResults results;
  extraction::extract(extraction::source_of(list), backbone, store, quiet_options(), results);
  return records_of(store);
}

}  // namespace soundfold::testing

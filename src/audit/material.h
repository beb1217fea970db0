// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "audit/audio_facts.h"
#include "dataset/dataset.h"
#include "search/vectors.h"
#include "store/store.h"

#include <cstdint>
#include <string>
#include <vector>

/// What may be wrong with a data set, found without training.
namespace soundfold::audit {

/// A clip's embeddings in the store, or why it has none.
struct EmbeddedClip {
  std::string key;  ///< "<digest of the file's bytes>-<digest of the recipe>"; empty: none
  std::string problem;
  std::int64_t first_patch = 0, patch_count = 0;  ///< of a stretch of a recording, in its record; 0: all
  std::string file_digest = {};  ///< where the key does not begin with it: of a stretch with a record of its own
};

/// What an audit looks at; the lists have one entry for each clip of the data set.
struct Material {
  dataset::Dataset data;
  bool in_class_folders = false;   ///< a file's folder is its class: fixes say which file to move or delete
  std::vector<std::string> parts;  ///< which part each is in: "train", "fold 3"; "" for none
  std::vector<EmbeddedClip> embedded;
  std::vector<AudioFacts> facts;  ///< empty: the files were not looked at
  search::Vectors means;          ///< of the clips' embeddings [N, E]; zeros where there are none
};

/// Reads the means from the store and, with `decode_files`, the facts from the files, on `threads` threads (0: all).
/// Throws UsageError for lists of other lengths, DataError when the store lost a record, Interrupted.
Material gather(dataset::Dataset data, std::vector<std::string> parts, std::vector<EmbeddedClip> embedded,
                const store::Store& store, bool decode_files, int threads);

/// The facts of each clip's file, of a stretch those of its whole file but for the length; each file is read once, on
/// `threads` threads (0: all). Throws Interrupted.
std::vector<AudioFacts> facts_of_files(const dataset::Dataset& data, int threads);

/// What there is to look at without a network. `digests` are those of the files' bytes, an empty one for a file that
/// equals no other (audit/file_digests.h). Throws UsageError for lists of other lengths.
Material gather_files(dataset::Dataset data, std::vector<std::string> parts, const std::vector<std::string>& digests,
                      std::vector<AudioFacts> facts);

}  // namespace soundfold::audit

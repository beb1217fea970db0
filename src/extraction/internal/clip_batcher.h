// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engines/backbone.h"
#include "frontend/patch_stream.h"
#include "store/store.h"

#include <cstdint>
#include <memory>
#include <vector>

namespace soundfold::extraction {

/// One clip being processed by the backbone.
struct ClipInWork {
  std::size_t index = 0;  ///< into the list of clips
  std::string key;
  store::ClipEmbeddings value;  ///< filled row by row, in order; its patches are rows
  std::int64_t rows_given = 0;
  std::int64_t rows_stored = 0;               ///< in parts, no longer in `value`
  std::vector<std::uint64_t> part_checksums;  ///< of those parts
  bool decoded = false;                       ///< no patch will follow
  std::string problem;                        ///< of a stretch that is bad, though its file is not
  bool dropped = false;                       ///< found to be bad: its results are discarded

  bool complete() const { return decoded && rows_stored + value.patch_count == rows_given; }
};

/// Gathers patches of consecutive clips into batches of the size the backbone likes, and hands each clip's results
/// back to it. Serves one thread. Memory: one batch.
class ClipBatcher {
 public:
  explicit ClipBatcher(std::unique_ptr<engines::Backbone> backbone);

  /// Adds one patch of `clip`; runs the backbone when the batch is full. Patches of one batch have as many frames.
  void add(const std::shared_ptr<ClipInWork>& clip, const frontend::Patch& patch);
  /// Runs what is waiting.
  void flush();

 private:
  /// Of a patch that waits.
  struct Owner {
    std::shared_ptr<ClipInWork> clip;
    std::int64_t rows_before = 0;  ///< of the patch, which earlier ones gave
  };

  std::unique_ptr<engines::Backbone> backbone_;
  std::size_t capacity_;  ///< patches
  std::size_t embedding_size_;
  std::size_t score_count_;
  std::int64_t frames_ = 0;  ///< of each patch that waits
  std::vector<Owner> owners_;
  std::vector<float> patches_;     ///< [capacity, frames, bands], of whole patches
  std::vector<float> embeddings_;  ///< [rows, E]
  std::vector<float> scores_;      ///< [rows, S]
};

}  // namespace soundfold::extraction

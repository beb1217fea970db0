// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/record_format.h"
#include "store/store.h"

#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

namespace soundfold::store {

/// LMDB aligns large records to 16 bytes, but a small one inside a page only to 2: such a one is copied.
class AlignedPayload {
 public:
  AlignedPayload(std::string_view record, ClipEmbeddingsView& view) {
    const auto address = reinterpret_cast<std::uintptr_t>(record.data());
    if (address % alignof(float) == 0) return;
    values_.resize((record.size() - kRecordHeaderBytes) / sizeof(float));
    std::memcpy(values_.data(), record.data() + kRecordHeaderBytes, values_.size() * sizeof(float));
    view.embeddings = values_.data();
    view.scores = view.embeddings + view.patch_count * view.embedding_size;
    view.level_dbfs = view.scores + view.patch_count * view.score_count;
  }

 private:
  std::vector<float> values_;
};

}  // namespace soundfold::store

// SPDX-License-Identifier: Apache-2.0
#include "features/internal/store_frames.h"

#include "support/errors.h"

#include <cstring>

namespace soundfold::features {

void copy_rows(const store::ClipEmbeddingsView& record, config::HeadInput input, float* rows) {
  const auto embedding_size = input == config::HeadInput::scores ? 0 : static_cast<std::size_t>(record.embedding_size);
  const auto score_count = input == config::HeadInput::embeddings ? 0 : static_cast<std::size_t>(record.score_count);
  for (std::int64_t patch = 0; patch < record.patch_count; ++patch) {
    if (embedding_size > 0) {
      std::memcpy(rows, record.embeddings + patch * record.embedding_size, embedding_size * sizeof(float));
    }
    if (score_count > 0) {
      std::memcpy(rows + embedding_size, record.scores + patch * record.score_count, score_count * sizeof(float));
    }
    rows += embedding_size + score_count;
  }
}

std::int32_t StoreFrames::add(const std::string& key) {
  keys_.push_back(key);
  return static_cast<std::int32_t>(keys_.size() - 1);
}

heads::StreamedFrames StoreFrames::frames_at(const std::vector<std::int32_t>& places) const {
  return {width_, most_bytes_, torch::tensor(places, torch::kInt32).view({-1, 2}),
          [self = shared_from_this()](const torch::Tensor& wanted) { return self->read(wanted); }};
}

torch::Tensor StoreFrames::read(const torch::Tensor& places) const {
  const auto at = places.contiguous();
  const auto count = at.size(0);
  const auto* place = at.data_ptr<std::int32_t>();
  auto rows = torch::empty({count, width_}, torch::kFloat32);
  auto* row = rows.data_ptr<float>();
  for (std::int64_t done = 0; done < count;) {
    const auto* first = place + 2 * done;
    std::int64_t together = 1;  // neighbours in a record are read at once
    while (done + together < count && first[2 * together] == first[0] && first[2 * together + 1] == first[1] + together)
      ++together;
    const auto& key = keys_[static_cast<std::size_t>(first[0])];
    const bool found = store_->read_patches(key, first[1], together, [&](const store::ClipEmbeddingsView& patches) {
      copy_rows(patches, input_, row);
      row += patches.patch_count * width_;
    });
    if (!found) {
      throw DataError("store " + store_->folder().string() + ": the record " + key +
                      " is gone or another since training began; start again: what is missing is extracted");
    }
    done += together;
  }
  return rows;
}

}  // namespace soundfold::features

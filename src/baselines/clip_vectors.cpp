// SPDX-License-Identifier: Apache-2.0
#include "baselines/clip_vectors.h"

#include "store/store.h"
#include "support/errors.h"
#include "text/text.h"

#include <algorithm>
#include <cstring>
#include <string>

namespace soundfold::baselines {
namespace {

/// Clips that are compared with all others at a time.
constexpr std::int64_t kComparedAtATime = 1024;

/// Adds the mean of `rows` rows of `size` values to `target`. The values may be unaligned.
void add_row_mean(const float* values, std::int64_t rows, std::int64_t size, float* target) {
  const auto bytes = static_cast<const void*>(values);
  const auto all = torch::empty({rows, size});
  std::memcpy(all.data_ptr<float>(), bytes, static_cast<std::size_t>(rows * size) * sizeof(float));
  const auto mean = all.mean(0);
  std::copy_n(mean.data_ptr<float>(), size, target);
}

/// The vectors of `count` clips, and the copies of unit length that clips are compared by.
void check_memory(std::int64_t count, const store::ClipEmbeddingsView& view, std::uint64_t most_bytes) {
  const auto bytes = static_cast<double>(count * (2 * view.embedding_size + view.score_count)) * sizeof(float);
  if (bytes <= static_cast<double>(most_bytes)) return;
  throw DataError("the mean embeddings of " + grouped(count) + " clips need " + fixed(bytes / (1 << 20), 0) +
                  " MB, more than run.feature_memory_mb (" + fixed(static_cast<double>(most_bytes) / (1 << 20), 0) +
                  " MB)");
}

torch::Tensor index_of(const std::vector<std::int64_t>& places) {
  return torch::tensor(places, torch::kInt64);
}

}  // namespace

ClipVectors clip_vectors(const std::filesystem::path& store_folder,
                         const std::vector<extraction::ExtractedClip>& records, std::uint64_t most_bytes) {
  const store::Store store(store_folder);
  const auto count = static_cast<std::int64_t>(records.size());
  ClipVectors vectors;
  vectors.known.resize(records.size());
  for (std::int64_t i = 0; i < count; ++i) {
    const auto& clip = records[static_cast<std::size_t>(i)];
    const auto& key = clip.key;
    if (key.empty()) continue;
    vectors.known[static_cast<std::size_t>(i)] = store.read(key, [&](const store::ClipEmbeddingsView& whole) {
      if (clip.first_patch + clip.patch_count > whole.patch_count) return;
      const auto view = whole.part(clip.first_patch, clip.patch_count);
      if (!vectors.embeddings.defined()) {
        check_memory(count, view, most_bytes);
        vectors.embeddings = torch::zeros({count, view.embedding_size});
        if (view.score_count > 0) vectors.scores = torch::zeros({count, view.score_count});
      }
      if (view.patch_count == 0 || view.embedding_size != vectors.embeddings.size(1)) return;
      add_row_mean(view.embeddings, view.patch_count, view.embedding_size,
                   vectors.embeddings.data_ptr<float>() + i * view.embedding_size);
      if (!vectors.scores.defined() || view.score_count != vectors.scores.size(1)) return;
      add_row_mean(view.scores, view.patch_count, view.score_count,
                   vectors.scores.data_ptr<float>() + i * view.score_count);
    });
  }
  if (!vectors.embeddings.defined()) throw DataError(store_folder.string() + " has none of the run's embeddings");
  return vectors;
}

Nearest nearest(const torch::Tensor& embeddings, const std::vector<std::int64_t>& from,
                const std::vector<std::int64_t>& among, std::int64_t count) {
  const auto unit = embeddings / embeddings.norm(2, {1}, /*keepdim=*/true).clamp_min(1e-12);
  const auto others = unit.index_select(0, index_of(among)).t();
  std::vector<torch::Tensor> places, values;
  for (const auto& some : unit.index_select(0, index_of(from)).split(kComparedAtATime)) {
    const auto cosines = torch::mm(some, others);
    const auto [value, place] = cosines.topk(std::min(count, cosines.size(1)), 1);
    places.push_back(place);
    values.push_back(value);
  }
  return {torch::cat(places).contiguous(), torch::cat(values).contiguous()};
}

}  // namespace soundfold::baselines

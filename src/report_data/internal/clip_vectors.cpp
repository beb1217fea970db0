// SPDX-License-Identifier: Apache-2.0
#include "report_data/internal/clip_vectors.h"

#include "store/store.h"
#include "support/errors.h"

#include <algorithm>
#include <cstring>
#include <string>

namespace soundfold::report_data {
namespace {

constexpr std::size_t kMostPlaneRows = 1000;

/// Adds the mean of `rows` rows of `size` values to `target`. The values may be unaligned.
void add_row_mean(const float* values, std::int64_t rows, std::int64_t size, float* target) {
  const auto bytes = static_cast<const void*>(values);
  const auto all = torch::empty({rows, size});
  std::memcpy(all.data_ptr<float>(), bytes, static_cast<std::size_t>(rows * size) * sizeof(float));
  const auto mean = all.mean(0);
  std::copy_n(mean.data_ptr<float>(), size, target);
}

torch::Tensor index_of(const std::vector<std::int64_t>& places) {
  return torch::tensor(places, torch::kInt64);
}

}  // namespace

ClipVectors clip_vectors(const std::filesystem::path& store_folder,
                         const std::vector<extraction::ExtractedClip>& records) {
  const store::Store store(store_folder);
  const auto count = static_cast<std::int64_t>(records.size());
  ClipVectors vectors;
  vectors.known.resize(records.size());
  for (std::int64_t i = 0; i < count; ++i) {
    const auto& key = records[static_cast<std::size_t>(i)].key;
    if (key.empty()) continue;
    vectors.known[static_cast<std::size_t>(i)] = store.read(key, [&](const store::ClipEmbeddingsView& view) {
      if (!vectors.embeddings.defined()) {
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
  const auto cosines = torch::mm(unit.index_select(0, index_of(from)), unit.index_select(0, index_of(among)).t());
  const auto [values, places] = cosines.topk(std::min(count, cosines.size(1)), 1);
  return {places.contiguous(), values.contiguous()};
}

torch::Tensor plane_of(const torch::Tensor& embeddings, const std::vector<std::int64_t>& chosen) {
  if (chosen.size() < 3 || embeddings.size(1) < 2) return {};
  std::vector<std::int64_t> some;
  const auto step = std::max<std::size_t>(1, (chosen.size() + kMostPlaneRows - 1) / kMostPlaneRows);
  for (std::size_t i = 0; i < chosen.size(); i += step) some.push_back(chosen[i]);
  const auto rows = embeddings.index_select(0, index_of(some)).to(torch::kFloat64);
  const auto mean = rows.mean(0, true);
  const auto centred = rows - mean;
  // The right singular vectors by the smaller of the two products; eigenvalues come in ascending order.
  const bool by_rows = centred.size(0) < centred.size(1);
  const auto product = by_rows ? torch::mm(centred, centred.t()) : torch::mm(centred.t(), centred);
  const auto vectors = std::get<1>(at::linalg_eigh(product)).narrow(1, product.size(0) - 2, 2).flip({1});
  auto directions = by_rows ? torch::mm(centred.t(), vectors) : vectors;
  directions = directions / directions.norm(2, {0}, true).clamp_min(1e-12);
  const auto largest = directions.abs().argmax(0, true);
  directions = directions * directions.gather(0, largest).sign();
  return torch::mm(embeddings.to(torch::kFloat64) - mean, directions).contiguous();
}

}  // namespace soundfold::report_data

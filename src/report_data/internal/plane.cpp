// SPDX-License-Identifier: Apache-2.0
#include "report_data/internal/plane.h"

#include <algorithm>
#include <cstddef>

namespace soundfold::report_data {
namespace {

constexpr std::size_t kMostPlaneRows = 1000;

}  // namespace

torch::Tensor plane_of(const torch::Tensor& embeddings, const std::vector<std::int64_t>& chosen) {
  if (chosen.size() < 3 || embeddings.size(1) < 2) return {};
  std::vector<std::int64_t> some;
  const auto step = std::max<std::size_t>(1, (chosen.size() + kMostPlaneRows - 1) / kMostPlaneRows);
  for (std::size_t i = 0; i < chosen.size(); i += step) some.push_back(chosen[i]);
  const auto rows = embeddings.index_select(0, torch::tensor(some, torch::kInt64)).to(torch::kFloat64);
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

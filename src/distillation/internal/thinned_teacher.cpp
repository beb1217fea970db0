// SPDX-License-Identifier: Apache-2.0
#include "distillation/internal/thinned_teacher.h"

#include "device/tensor_values.h"
#include "finetuning/convolution.h"
#include "network/batch_norm.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace soundfold::distillation {
namespace {

using finetuning::Convolution;

constexpr std::int64_t kFitRows = 60000;
constexpr double kPointwiseRidge = 1e-3;  ///< times the mean variance of the inputs
constexpr double kLastRidge = 1e-2;
constexpr double kClampLow = -3, kClampHigh = 8;

/// y = x kernel^T + bias, fitted.
struct Affine {
  torch::Tensor kernel;  ///< [out, in] float32
  torch::Tensor bias;    ///< [out] float32
};

/// Ridge regression of `to` [R, out] on `from` [R, in], both centred.
Affine fitted(const torch::Tensor& from, const torch::Tensor& to, double ridge) {
  const auto x = from.to(torch::kFloat64), y = to.to(torch::kFloat64);
  const auto x_mean = x.mean(0), y_mean = y.mean(0);
  const auto centred = x - x_mean;
  const auto count = static_cast<double>(x.size(0));
  auto gram = centred.t().mm(centred) / count;
  gram.diagonal().add_(gram.diagonal().mean() * ridge + 1e-12);
  const auto solution = at::linalg_solve(gram, centred.t().mm(y - y_mean) / count);  // [in, out]
  const auto bias = y_mean - x_mean.unsqueeze(0).mm(solution).squeeze(0);
  return {solution.t().contiguous().to(torch::kFloat32), bias.to(torch::kFloat32)};
}

/// Maps [P, C, H, W] as rows [P * H * W, C].
torch::Tensor as_rows(const torch::Tensor& maps) {
  return maps.permute({0, 2, 3, 1}).reshape({-1, maps.size(1)});
}

/// About kFitRows rows, evenly spread.
torch::Tensor spread_rows(const torch::Tensor& rows) {
  const auto step = std::max<std::int64_t>(1, rows.size(0) / kFitRows);
  return rows.slice(0, 0, rows.size(0), step);
}

void set_layer(weights::Weights& student, std::size_t layer, const torch::Tensor& kernel, const torch::Tensor& bias) {
  student.layers[layer] =
      network::with_plain_batch_norm({values_of(kernel), values_of(bias)}, student.network.batch_norm_epsilon);
}

/// The teacher's layer restricted to the output channels `kept`.
void take_channels(weights::Weights& student, std::size_t layer, const Convolution& teacher,
                   const torch::Tensor& kept) {
  set_layer(student, layer, teacher->folded_kernel().index_select(0, kept),
            teacher->folded_bias().index_select(0, kept));
}

torch::Tensor kept_channels(const torch::Tensor& maps, std::int64_t count) {
  if (count >= maps.size(1)) return torch::arange(maps.size(1), torch::kLong);
  return torch::tensor(chosen_columns(spread_rows(as_rows(maps)), count), torch::kLong);
}

/// A block's output before its activation.
torch::Tensor before_activation(const Convolution& pointwise, const torch::Tensor& maps) {
  return torch::conv2d(maps, pointwise->folded_kernel(), pointwise->folded_bias());
}

}  // namespace

std::vector<std::int64_t> chosen_columns(const torch::Tensor& rows, std::int64_t count) {
  const auto values = rows.to(torch::kFloat64);
  const auto gram = values.t().mm(values).contiguous();
  const auto columns = gram.size(0);
  const auto* g = gram.data_ptr<double>();
  auto left = gram.diagonal().clone().contiguous();  // squared size of what is left of each column
  auto factor = torch::zeros({count, columns}, torch::kFloat64);
  auto* rest = left.data_ptr<double>();
  std::vector<std::int64_t> chosen;
  std::vector<bool> taken(static_cast<std::size_t>(columns), false);
  for (std::int64_t step = 0; step < count; ++step) {
    std::int64_t best = -1;
    for (std::int64_t c = 0; c < columns; ++c) {
      if (!taken[static_cast<std::size_t>(c)] && (best < 0 || rest[c] > rest[best])) best = c;
    }
    chosen.push_back(best);
    taken[static_cast<std::size_t>(best)] = true;
    const double pivot = std::sqrt(std::max(rest[best], 1e-30));
    const auto shared = factor.select(1, best).slice(0, 0, step).unsqueeze(0).mm(factor.slice(0, 0, step)).squeeze(0);
    const auto row =
        (torch::from_blob(const_cast<double*>(g) + best * columns, {columns}, torch::kFloat64) - shared) / pivot;
    factor[step].copy_(row);
    left.sub_(row.square());
  }
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}

StudentStart thinned_teacher(const weights::Weights& teacher, const std::vector<std::int64_t>& channels,
                             const torch::Tensor& patches) {
  const torch::NoGradGuard no_gradients;
  StudentStart start;
  start.weights = student_layers(teacher, channels);
  auto& student = start.weights;
  const auto teacher_layer = [&](std::size_t i) { return finetuning::convolution_of(teacher, i); };
  const auto student_layer = [&](std::size_t i) { return finetuning::convolution_of(student, i); };
  const auto patch = network::maps(teacher.network).front();
  const auto input = patches.reshape({-1, patch.channels, patch.frames, patch.bands});
  const auto blocks = network::blocks(teacher.network);

  auto first = teacher_layer(0);
  auto maps = first->forward(input);
  auto kept = kept_channels(maps, channels[0]);
  take_channels(student, 0, first, kept);
  bool whole = kept.size(0) == maps.size(1);  // no channel has been dropped yet
  const bool bounded = teacher.network.activation == network::Activation::relu6;
  const double highest = bounded ? kClampHigh : std::numeric_limits<double>::infinity();
  auto own = student_layer(0)->forward(input);
  for (std::size_t block = 1; block < channels.size(); ++block) {
    const auto depthwise = blocks[block].first_layer, pointwise = blocks[block].last_layer();
    take_channels(student, depthwise, teacher_layer(depthwise), kept);
    own = student_layer(depthwise)->forward(own);
    maps = before_activation(teacher_layer(pointwise), teacher_layer(depthwise)->forward(maps));
    const auto activated = bounded ? maps.clamp(0, 6) : maps.clamp_min(0);
    kept = kept_channels(activated, channels[block]);
    if (whole) {
      take_channels(student, pointwise, teacher_layer(pointwise), kept);
    } else {
      const auto wanted = spread_rows(as_rows(maps.index_select(1, kept))).clamp(kClampLow, highest);
      const auto fit = fitted(spread_rows(as_rows(own)), wanted, kPointwiseRidge);
      set_layer(student, pointwise, fit.kernel, fit.bias);
    }
    whole = whole && kept.size(0) == maps.size(1);
    own = student_layer(pointwise)->forward(own);
    maps = activated;
  }
  const auto embeddings = maps.mean({2, 3}), own_embeddings = own.mean({2, 3});
  const auto kernel =
      torch::tensor(teacher.classifier_kernel).reshape({teacher.class_count(), teacher.embedding_size()});
  const auto logits = torch::linear(embeddings, kernel, torch::tensor(teacher.classifier_bias));
  if (whole) {
    start.weights.classifier_kernel = teacher.classifier_kernel;
    return start;
  }
  const auto classifier = fitted(own_embeddings, logits, kLastRidge);
  start.weights.classifier_kernel = values_of(classifier.kernel);
  start.weights.classifier_bias = values_of(classifier.bias);
  if (channels.back() == teacher.embedding_size()) return start;
  const auto projection = fitted(own_embeddings, embeddings, kLastRidge);
  start.projection = projection.kernel;
  start.projection_bias = projection.bias;
  return start;
}

}  // namespace soundfold::distillation

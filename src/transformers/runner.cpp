// SPDX-License-Identifier: Apache-2.0
#include "transformers/runner.h"

#include "primitives/memory.h"
#include "support/errors.h"
#include "transformers/internal/calls.h"
#include "transformers/internal/edges.h"
#include "transformers/internal/model.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

namespace soundfold::transformers {
namespace {

std::int64_t columns_of(const Patches& patches, const Geometry& geometry) {
  const auto& transformer = geometry.transformer;
  const std::int64_t columns = patches.frames / transformer.token_side;
  if (columns < 1 || columns > transformer.max_columns) {
    throw UsageError("the network takes patches of " + std::to_string(transformer.token_side) + " to " +
                     std::to_string((transformer.max_columns + 1) * transformer.token_side - 1) +
                     " frames, given: " + std::to_string(patches.frames));
  }
  if (patches.count < 1) throw UsageError("the network needs at least one patch");
  if (patches.filled < 0 || patches.filled > patches.frames) {
    throw UsageError("a patch of " + std::to_string(patches.frames) + " frames with " + std::to_string(patches.filled) +
                     " filled");
  }
  return columns;
}

}  // namespace

/// What a runner keeps.
struct Runner::State {
  /// A plan with this runner's memory.
  struct Bound {
    std::shared_ptr<const Plan> plan;
    std::vector<Calls> stages;
  };

  explicit State(std::shared_ptr<Model> of) : model(std::move(of)), stream(model->engine()) {}

  std::shared_ptr<Model> model;
  dnnl::stream stream;
  dnnl::memory memory;
  Recent<Shape, Bound> bound;

  Bound& bind(const Shape& shape) {
    if (auto* known = bound.find(shape)) return *known;
    Bound made{model->plan(shape), {}};
    const std::size_t wanted = made.plan->places.size;
    if (!memory || memory.get_desc().get_size() < wanted) {
      bound.clear();  // they lie in the old memory
      memory = primitives::raw_memory(wanted, model->engine());
    }
    made.stages = calls_of(*made.plan, *model, static_cast<char*>(memory.get_data_handle()));
    return bound.add(shape, std::move(made));
  }

  float* values(std::size_t place) {
    return reinterpret_cast<float*>(static_cast<char*>(memory.get_data_handle()) + place);
  }

  /// Writes what the stages work on: squares of log-mel values, and positions.
  Bound& begin(const Patches& patches, std::int64_t first, const Shape& shape) {
    Bound& steps = bind(shape);
    write_squares(patches, first, shape, *model, values(steps.plan->places.normed));
    write_positions(shape, *model, values(steps.plan->places.tokens));
    return steps;
  }

  void execute(Calls& stage) {
    for (Call& call : stage) call.primitive.execute(stream, call.arguments);
    stream.wait();
  }

  /// Leaves the tokens after the last norm in places.normed.
  const float* run(const Patches& patches, std::int64_t first, const Shape& shape, const Results& results) {
    Bound& steps = begin(patches, first, shape);
    const Places& places = steps.plan->places;
    for (std::size_t stage = 0; stage < steps.stages.size(); ++stage) {
      execute(steps.stages[stage]);
      const bool last = stage + 1 == steps.stages.size();
      if (results.watch && !last) results.watch({stage, first, shape.patches, values(places.tokens)});
    }
    return values(places.normed);
  }
};

Runner::Runner(std::shared_ptr<Model> model) : state_(std::make_unique<State>(std::move(model))) {}
Runner::~Runner() = default;

void Runner::run(const Patches& patches, const Results& results) {
  const primitives::OneThread one_thread;
  const Geometry& geometry = state_->model->geometry();
  const std::int64_t columns = columns_of(patches, geometry), d = geometry.transformer.embedding_size;
  const std::int64_t tokens = columns * geometry.rows(), together = patches_together(tokens);
  std::vector<float> of_columns(static_cast<std::size_t>(columns * d));
  std::vector<float> embeddings(static_cast<std::size_t>(patches.count * d));
  for (std::int64_t first = 0; first < patches.count; first += together) {
    const Shape shape{std::min(together, patches.count - first), columns};
    const float* normed = state_->run(patches, first, shape, results);
    for (std::int64_t p = first; p < first + shape.patches; ++p, normed += tokens * d) {
      column_means(normed, columns, geometry, of_columns.data());
      row_means(of_columns.data(), columns, d, embeddings.data() + p * d);
      if (results.columns != nullptr)
        std::copy(of_columns.begin(), of_columns.end(), results.columns + p * columns * d);
    }
  }
  if (results.embeddings != nullptr) std::copy(embeddings.begin(), embeddings.end(), results.embeddings);
  classify(embeddings.data(), patches.count, results.logits, results.scores);
}

void Runner::run_blocks(const Patches& patches, std::size_t blocks, const std::function<void(const Tokens&)>& take) {
  const primitives::OneThread one_thread;
  const Geometry& geometry = state_->model->geometry();
  const auto depth = static_cast<std::size_t>(geometry.transformer.depth);
  if (blocks > depth) {
    throw UsageError("the network has " + std::to_string(depth) + " blocks, asked for: " + std::to_string(blocks));
  }
  const std::int64_t columns = columns_of(patches, geometry), together = patches_together(columns * geometry.rows());
  for (std::int64_t first = 0; first < patches.count; first += together) {
    const Shape shape{std::min(together, patches.count - first), columns};
    auto& steps = state_->begin(patches, first, shape);
    for (std::size_t stage = 0; stage <= blocks; ++stage) state_->execute(steps.stages[stage]);
    take({blocks, first, shape.patches, state_->values(steps.plan->places.tokens)});
  }
}

void Runner::classify(const float* embeddings, std::int64_t count, float* logits, float* scores) const {
  if (logits == nullptr && scores == nullptr) return;
  const primitives::OneThread one_thread;
  const Geometry& geometry = state_->model->geometry();
  const Head& head = state_->model->head();
  const std::int64_t d = geometry.transformer.embedding_size, classes = geometry.class_count;
  std::vector<float> normed(static_cast<std::size_t>(count * d)), values;
  for (std::int64_t p = 0; p < count; ++p) {
    normalise(embeddings + p * d, head, geometry.transformer.head_norm_epsilon, normed.data() + p * d);
    values.insert(values.end(), head.bias.begin(), head.bias.end());
  }
  const auto status = dnnl_sgemm('N', 'T', count, classes, d, 1.0F, normed.data(), d, head.kernel.data(), d, 1.0F,
                                 values.data(), classes);
  if (status != dnnl_success) throw DataError("oneDNN refused the classifier's product");
  if (logits != nullptr) std::copy(values.begin(), values.end(), logits);
  if (scores == nullptr) return;
  std::transform(values.begin(), values.end(), scores, [](float logit) { return 1.0F / (1.0F + std::exp(-logit)); });
}

std::int64_t patches_together(std::int64_t tokens) {
  constexpr std::int64_t kTokens = 512;
  return std::max<std::int64_t>(1, kTokens / tokens);
}

}  // namespace soundfold::transformers

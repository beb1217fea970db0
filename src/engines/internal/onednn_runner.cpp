// SPDX-License-Identifier: Apache-2.0
#include "engines/internal/onednn_runner.h"

#include "primitives/memory.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace soundfold::engines::onednn {
namespace {

std::vector<Convolution> convolutions_of(const weights::Weights& weights, Precision precision) {
  return precision == Precision::int8 ? int8_convolutions(weights) : float_convolutions(weights, precision);
}

/// Which of the two buffers, used alternately, holds a convolution's source; its output is in the next. The means lie
/// between the last convolution and the classifier and use one turn of their own.
std::size_t place_of_source(std::size_t index, const std::vector<Convolution>& all) {
  return index + 1 == all.size() ? index + 1 : index;
}

std::size_t source_bytes(const Convolution& c, std::int64_t patch_count) {
  return static_cast<std::size_t>(patch_count * c.in_values()) * dnnl::memory::data_type_size(c.source);
}

std::size_t output_bytes(const Convolution& c, std::int64_t patch_count) {
  return static_cast<std::size_t>(patch_count * c.out_values()) * dnnl::memory::data_type_size(c.output);
}

std::array<dnnl::memory, 2> make_buffers(const std::vector<Convolution>& all, const dnnl::engine& engine) {
  std::array<std::size_t, 2> bytes{};
  for (std::size_t i = 0; i < all.size(); ++i) {
    const std::size_t place = place_of_source(i, all);
    bytes[place % 2] = std::max(bytes[place % 2], source_bytes(all[i], Runner::kLargestPlan));
    bytes[(place + 1) % 2] = std::max(bytes[(place + 1) % 2], output_bytes(all[i], Runner::kLargestPlan));
  }
  return {primitives::raw_memory(bytes[0], engine), primitives::raw_memory(bytes[1], engine)};
}

}  // namespace

Shared::Shared(const weights::Weights& weights, Precision precision, const std::vector<std::int64_t>& taps)
    : network(convolutions_of(weights, precision)),
      edges(edge_settings(weights, precision, network.convolutions(), taps)) {}

Runner::Runner(std::shared_ptr<Shared> shared)
    : shared_(std::move(shared)),
      stream_(shared_->network.engine()),
      edges_(make_edges(shared_->edges)),
      buffers_(make_buffers(shared_->network.convolutions(), shared_->network.engine())) {}

void Runner::run(const float* patches, std::int64_t patch_count, float* embeddings, float* scores) {
  const primitives::OneThread one_thread;
  for (std::int64_t done = 0; done < patch_count;) {
    const std::int64_t count = std::min(kLargestPlan, patch_count - done);
    run_group(patches + done * shared_->edges.patch.values(), count, embeddings + done * shared_->edges.row_size,
              scores + done * shared_->edges.class_count);
    done += count;
  }
}

void Runner::run_group(const float* patches, std::int64_t patch_count, float* rows, float* scores) {
  BoundPlan& steps = bound(patch_count);
  const EdgeSettings& settings = shared_->edges;
  const std::size_t classifier = steps.plan->size() - 1;
  edges_->write_windows(patches, patch_count, buffer(0));
  std::size_t done = 0;
  for (const Tap& tap : settings.taps) {
    execute(steps, done, tap.convolution + 1);
    done = tap.convolution + 1;
    take_tap(tap, buffer(done), patch_count, settings.row_size, rows);
  }
  execute(steps, done, classifier);
  edges_->take_means(buffer(classifier), patch_count, rows, buffer(classifier + 1));
  execute(steps, classifier, classifier + 1);
  edges_->take_scores(buffer(classifier + 2), patch_count, scores);
}

void Runner::execute(BoundPlan& steps, std::size_t first, std::size_t last) {
  for (std::size_t i = first; i < last; ++i) (*steps.plan)[i].primitive.execute(stream_, steps.arguments[i]);
  stream_.wait();
}

Runner::BoundPlan& Runner::bound(std::int64_t patch_count) {
  BoundPlan& made = bound_[patch_count];
  if (made.plan != nullptr) return made;
  const dnnl::engine& engine = shared_->network.engine();
  const Plan& plan = shared_->network.plan(patch_count);
  std::size_t scratch_bytes = 1;
  for (const auto& step : plan) scratch_bytes = std::max(scratch_bytes, step.scratchpad.get_size());
  BoundPlan steps{&plan, primitives::raw_memory(scratch_bytes, engine), {}};
  for (std::size_t i = 0; i < plan.size(); ++i) {
    const std::size_t place = place_of_source(i, shared_->network.convolutions());
    Arguments all = plan[i].constants;
    all.emplace(DNNL_ARG_SRC, dnnl::memory(plan[i].source, engine, buffer(place)));
    all.emplace(DNNL_ARG_DST, dnnl::memory(plan[i].output, engine, buffer(place + 1)));
    all.emplace(DNNL_ARG_SCRATCHPAD, dnnl::memory(plan[i].scratchpad, engine, steps.scratchpad.get_data_handle()));
    steps.arguments.push_back(std::move(all));
  }
  made = std::move(steps);
  return made;
}

void Runner::run_convolution(std::size_t index, std::int64_t patch_count, const void* source, void* output) {
  const primitives::OneThread one_thread;
  BoundPlan& steps = bound(patch_count);
  const auto& all = shared_->network.convolutions();
  const std::size_t place = place_of_source(index, all);
  std::memcpy(buffer(place), source, source_bytes(all[index], patch_count));
  execute(steps, index, index + 1);
  std::memcpy(output, buffer(place + 1), output_bytes(all[index], patch_count));
}

}  // namespace soundfold::engines::onednn

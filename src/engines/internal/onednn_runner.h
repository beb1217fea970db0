// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engines/internal/onednn_edges.h"
#include "engines/internal/onednn_network.h"

#include <array>
#include <map>
#include <memory>

namespace soundfold::engines::onednn {

/// What the runners of one network share; after loading nothing but compiled plans is added to it. Private to this
/// room.
struct Shared {
  /// Throws UsageError or DataError when the weights do not allow `precision`, UsageError for taps that are no blocks
  /// before the last.
  Shared(const weights::Weights& weights, Precision precision, const std::vector<std::int64_t>& taps = {});

  Network network;
  EdgeSettings edges;
};

/// Runs the network. Serves one thread at a time; its buffers are made once.
class Runner {
 public:
  /// Patches of one plan at most: more gain nothing, and the activations of these still fit the caches.
  static constexpr std::int64_t kLargestPlan = 16;

  explicit Runner(std::shared_ptr<Shared> shared);

  /// As Backbone::run. There is a plan for every count up to kLargestPlan that occurs; larger counts are cut up.
  void run(const float* patches, std::int64_t patch_count, float* embeddings, float* scores);

  /// One convolution alone, on the values of up to kLargestPlan patches: source [count, in_values()], output
  /// [count, out_values()], in the convolution's own types. The last one is the classifier. For tests.
  void run_convolution(std::size_t index, std::int64_t patch_count, const void* source, void* output);
  Edges& edges() { return *edges_; }

 private:
  /// A plan with this runner's memory.
  struct BoundPlan {
    const Plan* plan = nullptr;
    dnnl::memory scratchpad;
    std::vector<Arguments> arguments;
  };

  BoundPlan& bound(std::int64_t patch_count);
  void execute(BoundPlan& steps, std::size_t first, std::size_t last);
  void run_group(const float* patches, std::int64_t patch_count, float* rows, float* scores);
  void* buffer(std::size_t place) const { return buffers_[place % 2].get_data_handle(); }

  std::shared_ptr<Shared> shared_;
  dnnl::stream stream_;
  std::unique_ptr<Edges> edges_;
  std::array<dnnl::memory, 2> buffers_;
  std::map<std::int64_t, BoundPlan> bound_;
};

}  // namespace soundfold::engines::onednn

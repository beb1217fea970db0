// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "weights/weights.h"

#include <cstdint>
#include <memory>

/// MobileNets over log-mel patches (network/mobilenet.h) by oneDNN in float32, without LibTorch.
namespace soundfold::mobilenets {

/// Weights as oneDNN takes them and compiled primitives, shared by all runners of one network.
class Model;

/// Throws UsageError for weights without a MobileNet, or with a tensor missing or of another size. dnnl::error where
/// oneDNN cannot.
std::shared_ptr<Model> make_model(const weights::Weights& weights);

/// Runs the network on the calling thread. Serves one thread at a time; its memory is kept, and in the model what was
/// compiled for recent lengths.
class Runner {
 public:
  explicit Runner(std::shared_ptr<Model> model);
  ~Runner();
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;

  /// log_mel [count, frames, bands], row-major, at least one patch of at least one frame (UsageError otherwise), to
  /// embeddings [count, last_channels] and scores [count, classes].
  void run(const float* log_mel, std::int64_t count, std::int64_t frames, float* embeddings, float* scores);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace soundfold::mobilenets

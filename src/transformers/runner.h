// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "weights/weights.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

/// Transformers over log-mel patches (network/transformer.h) by oneDNN, without LibTorch.
namespace soundfold::transformers {

/// What is multiplied; sums, norms, softmax, the tokens between blocks and the classifier are float32 in both.
enum class Arithmetic { float32, bfloat16 };

/// Weights as oneDNN takes them and compiled primitives, shared by all runners of one network.
class Model;

/// Throws UsageError for weights without a transformer, or with a tensor missing or of another size. dnnl::error where
/// oneDNN cannot.
std::shared_ptr<Model> make_model(const weights::Weights& weights, Arithmetic arithmetic);

/// Patches of equal length, as log-mel values.
struct Patches {
  const float* log_mel = nullptr;  ///< [count, frames, bands], row-major
  std::int64_t count = 1;
  std::int64_t frames = 0;  ///< from a token's side to what there are positions for; others throw UsageError
  /// Frames at the end of the last patch that are 0 after the normalisation of bands, whatever log_mel has there. CED's
  /// authors fill up the last piece of a clip beyond 1012 frames like that.
  std::int64_t filled = 0;
};

/// What lies between blocks, of patches that are computed together.
struct Tokens {
  std::size_t blocks_done = 0;
  std::int64_t first = 0, count = 0;  ///< of the patches
  const float* values = nullptr;      ///< [count, rows * c, D]
};

/// Where results of `count` patches go; null: not wanted. D = embedding_size, c = columns.
struct Results {
  float* embeddings = nullptr;               ///< [count, D]: means over tokens
  float* columns = nullptr;                  ///< [count, c, D]: means over the tokens of a column, in time order
  float* logits = nullptr;                   ///< [count, classes]
  float* scores = nullptr;                   ///< [count, classes]: their sigmoids
  std::function<void(const Tokens&)> watch;  ///< called before the first block and after each
};

/// Runs the network on the calling thread. Serves one thread at a time; its memory, and primitives compiled for recent
/// shapes, are kept.
class Runner {
 public:
  explicit Runner(std::shared_ptr<Model> model);
  ~Runner();
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;

  void run(const Patches& patches, const Results& results);

  /// The first `blocks` blocks alone: calls `take` with what they make of the patches, some at a time, in order. 0:
  /// what the first block takes. Throws UsageError as run(), and when there are fewer blocks.
  void run_blocks(const Patches& patches, std::size_t blocks, const std::function<void(const Tokens&)>& take);

  /// The classifier alone: embeddings [count, D] to logits and scores [count, classes], null where not wanted. A clip
  /// of several patches is classified by the mean of their embeddings.
  void classify(const float* embeddings, std::int64_t count, float* logits, float* scores) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Patches of `tokens` tokens that are computed together: more gain nothing, and their activations still fit the
/// caches.
std::int64_t patches_together(std::int64_t tokens);

}  // namespace soundfold::transformers

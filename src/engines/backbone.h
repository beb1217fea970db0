// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engines/compute_type.h"
#include "frontend/recipe.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace soundfold::engines {

/// How to run the network.
struct BackboneOptions {
  Engine engine = Engine::automatic;
  Precision precision = Precision::float32;  ///< bfloat16 and int8 with oneDNN only
  Device device;
  std::vector<std::int64_t> taps;  ///< blocks whose maps are wanted too (module.h)
  int threads = 0;                 ///< of torchscript; 0 leaves LibTorch's setting alone. oneDNN keeps to the caller's
};

/// The network from log-mel patches to embeddings, whatever runs it. One object serves one thread at a time; share()
/// gives another thread its own, with the weights shared.
class Backbone {
 public:
  virtual ~Backbone() = default;

  /// What its patches are made of, and how.
  virtual const frontend::InputRecipe& input() const = 0;

  /// patches: `patch_count` x [frames, bands] log-mel values (input().patch_values() each; YAMNet: 96 by 64),
  /// row-major, contiguous. Writes embeddings [rows, embedding_size()] and scores [rows, class_count()] (sigmoid
  /// outputs): input().rows_of_patch() rows of each patch, mostly 1. Any count from 1 up.
  virtual void run(const float* patches, std::int64_t patch_count, float* embeddings, float* scores) = 0;

  /// The same of patches that all have `frames` frames: input().patch_frames, or where input().has_short_patches() any
  /// number from input().min_patch_frames to that. Throws UsageError for others.
  virtual void run_frames(const float* patches, std::int64_t patch_count, std::int64_t frames, float* embeddings,
                          float* scores);

  /// Several threads may call it at once.
  virtual std::unique_ptr<Backbone> share() const = 0;

  virtual std::int64_t embedding_size() const = 0;
  /// Sizes of the parts of an embedding: with taps, mean and maximum of each follow the network's own embedding.
  virtual std::vector<std::int64_t> embedding_parts() const { return {embedding_size()}; }
  virtual std::int64_t class_count() const = 0;
  virtual const std::vector<std::string>& class_names() const = 0;
  /// Digest of the weights; part of the store's key.
  virtual const std::string& weights_digest() const = 0;
  /// Part of the store's key.
  virtual ComputeType compute_type() const = 0;
  /// What run() writes in place of the network's own embeddings, such as "map after block 3"; empty: these.
  virtual std::string outputs() const { return ""; }
  /// Patches per call that run fastest.
  virtual std::int64_t preferred_batch() const = 0;

 protected:
  /// Throws UsageError for frames that run_frames() does not take.
  void check_frames(std::int64_t frames) const;
};

}  // namespace soundfold::engines

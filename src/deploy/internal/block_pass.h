// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "frontend/patch_blocks.h"
#include "runtime/classifier.h"

#include <cstddef>
#include <memory>
#include <vector>

/// Private to this room.
namespace soundfold::deploy {

/// What a model makes of consecutive blocks of one waveform (frontend/patch_blocks.h). P patches.
class Reader {
 public:
  struct Rows {
    std::vector<std::vector<double>> probabilities;  ///< [P][K]; of a foreign model as many as it gives
    std::vector<float> silence_scores;               ///< [P] for the backbone's class Silence; empty: it has none
    std::vector<std::vector<float>> logits;          ///< [P][K]; empty: it has none
    std::vector<std::vector<float>> scores = {};     ///< [P][S] where the model appends its backbone's classes
  };
  virtual ~Reader() = default;
  virtual Rows add(const float* samples, std::size_t count) = 0;
  /// Of the clip.
  struct Whole {
    std::vector<double> probabilities;  ///< [K]
    std::vector<float> logits;          ///< [K] or empty
  };
  virtual Whole whole() = 0;
};

/// Cuts the waveform into blocks, and has them read.
class BlockPass : public runtime::Pass {
 public:
  BlockPass(const runtime::Classifier& classifier, std::unique_ptr<Reader> reader, int patch_hop_frames,
            runtime::WindowConsumer consume, runtime::Pace pace);

  void push(const float* samples, std::size_t count) override { blocks_.push(samples, count); }
  runtime::Clip finish() override;

 private:
  void read(const frontend::PatchBlock& block);

  std::unique_ptr<Reader> reader_;
  runtime::WindowGiver giver_;
  frontend::PatchBlocks blocks_;
};

}  // namespace soundfold::deploy

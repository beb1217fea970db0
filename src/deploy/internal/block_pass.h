// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "deploy/classifier.h"
#include "frontend/patch_blocks.h"

/// Private to this room.
namespace soundfold::deploy {

/// Cuts the waveform into blocks, has them read, and decides what is silence.
class Classifier::BlockPass : public Pass {
 public:
  BlockPass(const Classifier& classifier, WindowConsumer consume);

  void push(const float* samples, std::size_t count) override { blocks_.push(samples, count); }
  Clip finish() override;

 private:
  void read(const frontend::PatchBlock& block);
  bool silent(float level_dbfs, const std::vector<float>& silence_scores, std::size_t patch) const;

  const Classifier& classifier_;
  WindowConsumer consume_;
  std::unique_ptr<Reader> reader_;
  frontend::PatchBlocks blocks_;
  Clip clip_;
};

}  // namespace soundfold::deploy

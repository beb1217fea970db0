// SPDX-License-Identifier: Apache-2.0
#include "deploy/internal/block_pass.h"

#include <utility>

namespace soundfold::deploy {
namespace {

/// Larger blocks are no faster.
constexpr std::int64_t kPatchesPerBlock = 16;

/// 0: the whole waveform.
std::int64_t patches_per_block(const runtime::Classifier& classifier, runtime::Pace pace) {
  if (!classifier.takes_blocks()) return 0;
  return pace == runtime::Pace::at_once ? 1 : kPatchesPerBlock;
}

}  // namespace

BlockPass::BlockPass(const runtime::Classifier& classifier, std::unique_ptr<Reader> reader, int patch_hop_frames,
                     runtime::WindowConsumer consume, runtime::Pace pace)
    : reader_(std::move(reader)),
      giver_(classifier, std::move(consume)),
      blocks_([this](const frontend::PatchBlock& block) { read(block); }, patch_hop_frames,
              patches_per_block(classifier, pace), classifier.input()) {}

runtime::Clip BlockPass::finish() {
  blocks_.finish();
  auto whole = reader_->whole();
  return giver_.finish(blocks_.sample_count(), std::move(whole.probabilities), std::move(whole.logits));
}

void BlockPass::read(const frontend::PatchBlock& block) {
  auto rows = reader_->add(block.samples, block.sample_count);
  for (std::size_t i = 0; i < block.levels_dbfs.size(); ++i) {
    runtime::WindowGiver::Patch patch;
    patch.level_dbfs = block.levels_dbfs[i];
    if (i < rows.silence_scores.size()) patch.silence_score = rows.silence_scores[i];
    if (i < rows.probabilities.size()) patch.probabilities = std::move(rows.probabilities[i]);
    if (i < rows.logits.size()) patch.logits = std::move(rows.logits[i]);
    if (i < rows.scores.size()) patch.backbone_scores = std::move(rows.scores[i]);
    giver_.add(std::move(patch), blocks_.sample_count());
  }
}

}  // namespace soundfold::deploy

// SPDX-License-Identifier: Apache-2.0
#include "deploy/internal/block_pass.h"

#include "frontend/level.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace soundfold::deploy {
namespace {

/// Larger blocks are no faster.
constexpr std::int64_t kPatchesPerBlock = 16;

}  // namespace

Classifier::BlockPass::BlockPass(const Classifier& classifier, WindowConsumer consume)
    : classifier_(classifier),
      consume_(std::move(consume)),
      reader_(classifier.reader()),
      blocks_([this](const frontend::PatchBlock& block) { read(block); }, classifier.patch_hop_frames(),
              classifier.takes_blocks() ? kPatchesPerBlock : 0, classifier.input_) {
  clip_.level_dbfs = frontend::kLowestDbfs;
}

Clip Classifier::BlockPass::finish() {
  blocks_.finish();
  clip_.seconds = static_cast<double>(blocks_.sample_count()) / classifier_.input_.sample_rate_hz;
  auto whole = reader_->whole();
  clip_.probabilities = std::move(whole.probabilities);
  clip_.logits = std::move(whole.logits);
  return clip_;
}

void Classifier::BlockPass::read(const frontend::PatchBlock& block) {
  auto rows = reader_->add(block.samples, block.sample_count);
  const double hop_s = classifier_.window_hop_seconds();
  const double received_s = static_cast<double>(blocks_.sample_count()) / classifier_.input_.sample_rate_hz;
  for (std::size_t i = 0; i < block.levels_dbfs.size(); ++i) {
    const float level = block.levels_dbfs[i];
    const bool is_silent = silent(level, rows.silence_scores, i);
    clip_.silent = clip_.silent && is_silent;
    clip_.level_dbfs = std::max(clip_.level_dbfs, level);
    if (!consume_ || hop_s <= 0 || i >= rows.probabilities.size()) continue;
    const double start_s = static_cast<double>(block.first_patch + static_cast<std::int64_t>(i)) * hop_s;
    consume_({start_s, std::min(received_s, start_s + classifier_.window_seconds()), std::move(rows.probabilities[i]),
              level, is_silent, i < rows.logits.size() ? std::move(rows.logits[i]) : std::vector<float>()});
  }
}

bool Classifier::BlockPass::silent(float level_dbfs, const std::vector<float>& silence_scores,
                                   std::size_t patch) const {
  const auto& gate = classifier_.rule().silence_gate;
  if (!gate) return false;
  const bool known = patch < silence_scores.size();
  return gate->silent(level_dbfs, known ? std::optional<double>(silence_scores[patch]) : std::nullopt);
}

}  // namespace soundfold::deploy

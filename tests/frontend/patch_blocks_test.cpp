// SPDX-License-Identifier: Apache-2.0
#include "frontend/patch_blocks.h"

#include "frontend/level.h"
#include "frontend/log_mel.h"
#include "frontend/patch_stream.h"
#include "frontend/recipe.h"
#include "signals.h"
#include "support/errors.h"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace soundfold;
using namespace soundfold::frontend;

namespace {

/// Log-mel patches [P][96 * 64] and levels of a waveform that arrives in pieces of `piece` samples.
struct Cut {
  std::vector<std::vector<float>> patches;
  std::vector<float> levels;
  std::size_t largest_block = 0;
};

Cut cut(const std::vector<float>& waveform, std::size_t piece, int hop, std::int64_t patches_per_block) {
  Cut result;
  PatchBlocks blocks(
      [&](const PatchBlock& block) {
        CHECK(block.first_patch == static_cast<std::int64_t>(result.patches.size()));
        const auto part = spectrogram({block.samples, block.samples + block.sample_count}, hop);
        REQUIRE(part.patch_count == static_cast<std::int64_t>(block.levels_dbfs.size()));
        for (std::int64_t p = 0; p < part.patch_count; ++p) {
          result.patches.emplace_back(part.patch(p), part.patch(p) + kPatchValues);
        }
        result.levels.insert(result.levels.end(), block.levels_dbfs.begin(), block.levels_dbfs.end());
        result.largest_block = std::max(result.largest_block, block.sample_count);
      },
      hop, patches_per_block);
  for (std::size_t at = 0; at < waveform.size(); at += piece) {
    blocks.push(waveform.data() + at, std::min(piece, waveform.size() - at));
  }
  CHECK(blocks.finish() == patch_count(static_cast<std::int64_t>(waveform.size()), hop));
  CHECK(blocks.sample_count() == static_cast<std::int64_t>(waveform.size()));
  return result;
}

}  // namespace

TEST_CASE("levels: a sine, a constant, nothing", "[frontend]") {
  const auto sine = testing::sine(1600, 800);
  CHECK(level_dbfs(sine.data(), sine.size()) == Approx(-3.0103).margin(1e-3));
  const std::vector<float> tenth(7, 0.1F), tiny(7, 1e-9F), zeros(7);
  CHECK(level_dbfs(tenth.data(), tenth.size()) == Approx(-20));
  CHECK(level_dbfs(tiny.data(), tiny.size()) == kLowestDbfs);
  CHECK(level_dbfs(zeros.data(), zeros.size()) == kLowestDbfs);
  CHECK(level_dbfs(nullptr, 0) == kLowestDbfs);
}

TEST_CASE("blocks give the patches and levels of the whole waveform, wherever they are cut", "[frontend]") {
  for (const int hop : {1, 24, 48, 96, 97}) {
    for (const std::size_t samples : {1, 15599, 15600, 15601, 23280, 23281, 100000}) {
      const auto waveform = testing::uniform_noise(hop == 1 ? std::min<std::size_t>(samples, 30000) : samples, 11);
      const auto whole = cut(waveform, waveform.size(), hop, 0);
      for (const std::size_t piece : {997, 16384}) {
        for (const std::int64_t patches : {1, 3, 16}) {
          INFO("hop " << hop << ", " << samples << " samples, pieces of " << piece << ", blocks of " << patches);
          const auto parts = cut(waveform, piece, hop, patches);
          CHECK(parts.patches == whole.patches);
          CHECK(parts.levels == whole.levels);
          CHECK(parts.largest_block <= 15600U + static_cast<std::size_t>((patches - 1) * 160 * hop));
        }
      }
    }
  }
}

TEST_CASE("the levels of blocks are those of PatchStream", "[frontend]") {
  auto waveform = testing::uniform_noise(70000, 11);
  for (std::size_t i = 20000; i < 50000; ++i) waveform[i] *= 1e-3F;
  std::vector<float> expected;
  LogMel log_mel;
  PatchStream stream(log_mel, [&](const Patch& patch) { expected.push_back(patch.level_dbfs); });
  stream.push(waveform.data(), waveform.size());
  stream.finish();
  const auto parts = cut(waveform, 5000, kPatchHopFrames, 2);
  REQUIRE(parts.levels.size() == expected.size());
  for (std::size_t p = 0; p < expected.size(); ++p) CHECK(parts.levels[p] == Approx(expected[p]).margin(1e-4));
  CHECK_THROWS_AS(PatchBlocks([](const PatchBlock&) {}, 0, 16), UsageError);
}

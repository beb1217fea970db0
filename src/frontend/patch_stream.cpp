// SPDX-License-Identifier: Apache-2.0
#include "frontend/patch_stream.h"

#include "support/errors.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace soundfold::frontend {
namespace {

// Frames are computed in multiples of this, so that blocks of samples of any size do not waste the batch arithmetic.
constexpr std::int64_t kFramesPerStep = 16;
constexpr std::size_t kBlockSamples = 8192;
constexpr float kFloorDbfs = -120.0f;

/// Levels are summed over cells of so many samples, of which a hop and a patch are whole numbers (YAMNet: 80, half a
/// hop; a patch sees 195 of them).
int cell_size(const InputRecipe& recipe) {
  return std::gcd(recipe.hop_samples, recipe.patch_window_samples());
}

/// Sum of squares of one cell. Four partial sums let the compiler use vector arithmetic.
double cell_energy(const float* samples, int count) {
  double sums[4] = {};
  int i = 0;
  for (; i + 4 <= count; i += 4) {
    for (int k = 0; k < 4; ++k) sums[k] += static_cast<double>(samples[i + k]) * static_cast<double>(samples[i + k]);
  }
  for (; i < count; ++i) sums[0] += static_cast<double>(samples[i]) * static_cast<double>(samples[i]);
  return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

}  // namespace

/// All positions count from the start of the waveform. Frames and cells belong to the patch that is being filled.
struct PatchStream::Impl {
  LogMel& log_mel;
  Consumer consume;
  const InputRecipe& recipe = log_mel.recipe();
  std::int64_t hop_frames;
  int cell_samples = cell_size(recipe);
  std::int64_t patch_cells = recipe.patch_window_samples() / cell_samples;

  std::vector<float> samples;      // not yet fully used
  std::int64_t samples_start = 0;  // position of samples[0]
  std::int64_t received = 0;       // without padding
  bool finished = false;

  std::int64_t patches = 0;  // given so far
  std::vector<float> rows = std::vector<float>(static_cast<std::size_t>(recipe.patch_values()));
  std::int64_t rows_ready = 0;  // frames of this patch
  std::vector<double> cells = std::vector<double>(static_cast<std::size_t>(patch_cells));
  std::int64_t cells_ready = 0;

  Impl(LogMel& front_end, Consumer consumer, int hop)
      : log_mel(front_end), consume(std::move(consumer)), hop_frames(hop) {
    patch_count(0, hop);  // checks the hop
    samples.reserve(static_cast<std::size_t>(recipe.patch_window_samples()) + kBlockSamples);
  }

  std::int64_t patch_start() const { return patches * recipe.patch_hop_samples(hop_frames); }
  std::int64_t samples_end() const { return samples_start + static_cast<std::int64_t>(samples.size()); }
  const float* at(std::int64_t position) const { return samples.data() + (position - samples_start); }

  void append(const float* block, std::size_t count) {
    samples.insert(samples.end(), block, block + count);
    while (true) {
      drop_used();
      fill_cells();
      if (!fill_rows()) break;
      give_patch();
    }
  }

  /// Forgets samples that no frame or cell still to come needs.
  void drop_used() {
    const std::int64_t next = patch_start() + std::min(rows_ready * recipe.hop_samples, cells_ready * cell_samples);
    const std::int64_t used = std::min(next, samples_end()) - samples_start;
    samples.erase(samples.begin(), samples.begin() + used);
    samples_start += used;
  }

  void fill_cells() {
    for (; cells_ready < patch_cells; ++cells_ready) {
      const std::int64_t start = patch_start() + cells_ready * cell_samples;
      if (start + cell_samples > samples_end()) return;
      cells[static_cast<std::size_t>(cells_ready)] = cell_energy(at(start), cell_samples);
    }
  }

  /// Computes the frames that can be computed; true when the patch is whole.
  bool fill_rows() {
    const std::int64_t missing = recipe.patch_frames - rows_ready;
    const std::int64_t start = patch_start() + rows_ready * recipe.hop_samples;
    std::int64_t possible = std::min(missing, frame_count(samples_end() - start, recipe));
    if (possible < missing) possible -= possible % kFramesPerStep;
    if (possible == 0) return false;
    log_mel.frames(at(start), recipe.window_samples + (possible - 1) * recipe.hop_samples,
                   rows.data() + rows_ready * recipe.mel_bands);
    rows_ready += possible;
    return rows_ready == recipe.patch_frames;
  }

  void give_patch() {
    consume(rows.data(), level_dbfs());
    const std::int64_t kept_rows = std::max<std::int64_t>(0, recipe.patch_frames - hop_frames);
    std::copy(rows.end() - kept_rows * recipe.mel_bands, rows.end(), rows.begin());
    rows_ready = kept_rows;
    const std::int64_t kept_cells =
        std::max<std::int64_t>(0, patch_cells - recipe.patch_hop_samples(hop_frames) / cell_samples);
    std::copy(cells.end() - kept_cells, cells.end(), cells.begin());
    cells_ready = kept_cells;
    ++patches;
  }

  float level_dbfs() const {
    const std::int64_t seen = std::min<std::int64_t>(recipe.patch_window_samples(), received - patch_start());
    if (seen <= 0) return kFloorDbfs;
    double energy = 0;
    for (const double cell : cells) energy += cell;
    if (energy <= 0) return kFloorDbfs;
    return std::max(kFloorDbfs, static_cast<float>(10.0 * std::log10(energy / static_cast<double>(seen))));
  }

  void pad_with_zeros() {
    if (patches == patch_count(received, static_cast<int>(hop_frames), recipe)) return;
    const std::int64_t target = padded_length(received, static_cast<int>(hop_frames), recipe);
    const std::vector<float> zeros(static_cast<std::size_t>(target - samples_end()), 0.0f);
    append(zeros.data(), zeros.size());
  }
};

PatchStream::PatchStream(LogMel& log_mel, Consumer consume, int patch_hop_frames)
    : impl_(std::make_unique<Impl>(log_mel, std::move(consume), patch_hop_frames)) {}
PatchStream::~PatchStream() = default;

void PatchStream::push(const float* samples, std::size_t count) {
  if (impl_->finished) throw UsageError("PatchStream: push() after finish(); make a new stream per waveform");
  while (count > 0) {
    const std::size_t block = std::min(count, kBlockSamples);
    impl_->received += static_cast<std::int64_t>(block);
    impl_->append(samples, block);
    samples += block;
    count -= block;
  }
}

std::int64_t PatchStream::finish() {
  if (!impl_->finished) impl_->pad_with_zeros();
  impl_->finished = true;
  return impl_->patches;
}

std::int64_t PatchStream::sample_count() const {
  return impl_->received;
}

}  // namespace soundfold::frontend

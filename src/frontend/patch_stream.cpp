// SPDX-License-Identifier: Apache-2.0
#include "frontend/patch_stream.h"

#include "frontend/internal/patch_cutter.h"
#include "support/errors.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace soundfold::frontend {
namespace {

constexpr float kFloorDbfs = -120.0f;

/// Levels are summed over cells of so many samples, of which a hop and a patch are whole numbers (YAMNet: 80, half a
/// hop; a patch sees 195 of them).
int cell_size(const InputRecipe& recipe) {
  return std::gcd(recipe.hop_samples, recipe.patch_window_samples());
}

/// All positions count from the start of the waveform. Frames and cells belong to the patch that is being filled.
class WholePatches final : public PatchCutter {
 public:
  WholePatches(LogMel& log_mel, PatchStream::Consumer consume, int hop)
      : PatchCutter(log_mel, std::move(consume), hop) {
    samples_.reserve(static_cast<std::size_t>(recipe().patch_window_samples()) + kBlockSamples);
  }

  void finish() override {
    if (patch_count() == frontend::patch_count(sample_count(), hop_frames(), recipe())) return;
    const std::int64_t target = padded_length(sample_count(), hop_frames(), recipe());
    const std::vector<float> zeros(static_cast<std::size_t>(target - samples_end()), 0.0f);
    append(zeros.data(), zeros.size());
  }

 protected:
  void append(const float* samples, std::size_t count) override {
    samples_.insert(samples_.end(), samples, samples + count);
    while (true) {
      drop_used();
      fill_cells();
      if (!fill_rows()) break;
      give_patch();
    }
  }

 private:
  std::int64_t samples_end() const { return samples_start_ + static_cast<std::int64_t>(samples_.size()); }
  const float* at(std::int64_t position) const { return samples_.data() + (position - samples_start_); }

  /// Forgets samples that no frame or cell still to come needs.
  void drop_used() {
    const std::int64_t next =
        patch_start() + std::min(rows_ready_ * recipe().hop_samples, cells_ready_ * cell_samples_);
    const std::int64_t used = std::min(next, samples_end()) - samples_start_;
    samples_.erase(samples_.begin(), samples_.begin() + used);
    samples_start_ += used;
  }

  void fill_cells() {
    for (; cells_ready_ < patch_cells_; ++cells_ready_) {
      const std::int64_t start = patch_start() + cells_ready_ * cell_samples_;
      if (start + cell_samples_ > samples_end()) return;
      cells_[static_cast<std::size_t>(cells_ready_)] = energy_of(at(start), cell_samples_);
    }
  }

  /// Computes the frames that can be computed; true when the patch is whole.
  bool fill_rows() {
    const std::int64_t missing = recipe().patch_frames - rows_ready_;
    const std::int64_t start = patch_start() + rows_ready_ * recipe().hop_samples;
    std::int64_t possible = std::min(missing, frame_count(samples_end() - start, recipe()));
    if (possible < missing) possible -= possible % kFramesPerStep;
    if (possible == 0) return false;
    log_mel_.frames(at(start), recipe().window_samples + (possible - 1) * recipe().hop_samples,
                    rows_.data() + rows_ready_ * recipe().mel_bands);
    rows_ready_ += possible;
    return rows_ready_ == recipe().patch_frames;
  }

  void give_patch() {
    double energy = 0;
    for (const double cell : cells_) energy += cell;
    give({rows_.data(), recipe().patch_frames}, energy,
         std::min<std::int64_t>(recipe().patch_window_samples(), sample_count() - patch_start()));
    const std::int64_t kept_rows = std::max<std::int64_t>(0, recipe().patch_frames - hop_frames());
    std::copy(rows_.end() - kept_rows * recipe().mel_bands, rows_.end(), rows_.begin());
    rows_ready_ = kept_rows;
    const std::int64_t kept_cells =
        std::max<std::int64_t>(0, patch_cells_ - recipe().patch_hop_samples(hop_frames()) / cell_samples_);
    std::copy(cells_.end() - kept_cells, cells_.end(), cells_.begin());
    cells_ready_ = kept_cells;
  }

  int cell_samples_ = cell_size(recipe());
  std::int64_t patch_cells_ = recipe().patch_window_samples() / cell_samples_;

  std::vector<float> samples_;      // not yet fully used
  std::int64_t samples_start_ = 0;  // position of samples_[0]
  std::vector<float> rows_ = std::vector<float>(static_cast<std::size_t>(recipe().patch_values()));
  std::int64_t rows_ready_ = 0;  // frames of this patch
  std::vector<double> cells_ = std::vector<double>(static_cast<std::size_t>(patch_cells_));
  std::int64_t cells_ready_ = 0;
};

std::unique_ptr<PatchCutter> cutter_for(LogMel& log_mel, PatchStream::Consumer consume, int patch_hop_frames) {
  if (log_mel.recipe().centered) return centered_cutter(log_mel, std::move(consume), patch_hop_frames);
  return std::make_unique<WholePatches>(log_mel, std::move(consume), patch_hop_frames);
}

}  // namespace

float level_of(double energy, std::int64_t seen) {
  if (seen <= 0 || energy <= 0) return kFloorDbfs;
  return std::max(kFloorDbfs, static_cast<float>(10.0 * std::log10(energy / static_cast<double>(seen))));
}

double energy_of(const float* samples, std::int64_t count) {
  double sums[4] = {};
  std::int64_t i = 0;
  for (; i + 4 <= count; i += 4) {
    for (int k = 0; k < 4; ++k) sums[k] += static_cast<double>(samples[i + k]) * static_cast<double>(samples[i + k]);
  }
  for (; i < count; ++i) sums[0] += static_cast<double>(samples[i]) * static_cast<double>(samples[i]);
  return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

PatchCutter::PatchCutter(LogMel& log_mel, PatchStream::Consumer consume, int patch_hop_frames)
    : log_mel_(log_mel), consume_(std::move(consume)), hop_frames_(patch_hop_frames) {
  check_patch_hop(patch_hop_frames, log_mel.recipe());
}

void PatchCutter::give(Patch patch, double energy, std::int64_t seen) {
  patch.level_dbfs = level_of(energy, seen);
  if (recipe().top_db > 0) {
    raised_.assign(patch.log_mel, patch.log_mel + patch.frames * recipe().mel_bands);
    const auto top_db = static_cast<float>(recipe().top_db);
    const float least = *std::max_element(raised_.begin(), raised_.end()) - top_db;
    std::replace_if(
        raised_.begin(), raised_.end(), [least](float value) { return value < least; }, least);
    patch.log_mel = raised_.data();
  }
  consume_(patch);
  ++patches_;
}

void keep_fresh_rows(std::vector<float>& values, const std::vector<std::int64_t>& rows_before,
                     std::int64_t rows_of_patch) {
  const auto row_size =
      static_cast<std::int64_t>(values.size()) / (static_cast<std::int64_t>(rows_before.size()) * rows_of_patch);
  auto kept = values.begin();
  for (std::size_t patch = 0; patch < rows_before.size(); ++patch) {
    const auto begin = values.begin() + static_cast<std::int64_t>(patch) * rows_of_patch * row_size;
    kept = std::copy(begin + rows_before[patch] * row_size, begin + rows_of_patch * row_size, kept);
  }
  values.erase(kept, values.end());
}

PatchStream::PatchStream(LogMel& log_mel, Consumer consume, int patch_hop_frames)
    : cutter_(cutter_for(log_mel, std::move(consume), patch_hop_frames)) {}
PatchStream::~PatchStream() = default;

void PatchStream::push(const float* samples, std::size_t count) {
  if (finished_) throw UsageError("PatchStream: push() after finish(); make a new stream per waveform");
  while (count > 0) {
    const std::size_t block = std::min(count, kBlockSamples);
    cutter_->push(samples, block);
    samples += block;
    count -= block;
  }
}

std::int64_t PatchStream::finish() {
  if (!finished_) cutter_->finish();
  finished_ = true;
  return cutter_->patch_count();
}

std::int64_t PatchStream::sample_count() const {
  return cutter_->sample_count();
}

}  // namespace soundfold::frontend

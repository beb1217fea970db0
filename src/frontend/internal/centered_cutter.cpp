// SPDX-License-Identifier: Apache-2.0
#include "frontend/internal/patch_cutter.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace soundfold::frontend {
namespace {

/// Positions are those of the waveform (or its differences, see preemphasis) with half a window mirrored before it, in
/// which frame t begins with sample t * hop_samples. Beside each frame lies the energy of its hop: of the hop_samples
/// samples of the waveform from t * hop_samples on.
class CenteredCutter final : public PatchCutter {
 public:
  using PatchCutter::PatchCutter;

  void finish() override {
    const std::int64_t needed = padded_length(sample_count(), hop_frames(), recipe());
    if (needed > sample_count()) {
      const std::vector<float> zeros(static_cast<std::size_t>(needed - sample_count()), 0.0F);
      append(zeros.data(), zeros.size());
    }
    // The sample at the end is not repeated, nor the one at the start.
    std::vector<float> end(samples_.end() - margin() - 1, samples_.end() - 1);
    samples_.insert(samples_.end(), end.rbegin(), end.rend());
    ended_ = true;
    work();
    const bool overlapping = hop_frames() <= recipe().patch_frames;
    if (patch_count() == 0) {
      give_from(0, frames_end());
    } else if (overlapping && used_end() > end_of_last_patch()) {
      give_from(used_end() - recipe().patch_frames, recipe().patch_frames);
    }
  }

 protected:
  void append(const float* samples, std::size_t count) override {
    hops_.insert(hops_.end(), samples, samples + count);
    recipe().preemphasis > 0 ? append_differences(samples, count)
                             : static_cast<void>(samples_.insert(samples_.end(), samples, samples + count));
    if (!begun_) {
      if (static_cast<std::int64_t>(samples_.size()) <= margin()) return;
      const std::vector<float> start(samples_.begin() + 1, samples_.begin() + margin() + 1);
      samples_.insert(samples_.begin(), start.rbegin(), start.rend());
      begun_ = true;
    }
    work();
  }

 private:
  void append_differences(const float* samples, std::size_t count) {
    const auto factor = static_cast<float>(recipe().preemphasis);
    for (std::size_t i = 0; i < count; ++i) {
      if (last_) samples_.push_back(samples[i] - factor * *last_);
      last_ = samples[i];
    }
  }

  std::int64_t margin() const { return recipe().window_samples / 2; }
  std::int64_t frames_end() const { return first_frame_ + static_cast<std::int64_t>(energies_.size()); }
  /// Behind the last frame that a patch may have.
  std::int64_t used_end() const { return frames_end() - frames_end() % std::max(1, recipe().row_frames); }
  std::int64_t end_of_last_patch() const {
    return std::int64_t{patch_count() - 1} * hop_frames() + recipe().patch_frames;
  }

  void work() {
    while (add_frames()) {
      while (frames_end() >= patch_count() * hop_frames() + recipe().patch_frames) {
        give_from(patch_count() * hop_frames(), recipe().patch_frames);
      }
      forget();
    }
  }

  /// Computes what can be computed; false when there is nothing.
  bool add_frames() {
    const auto held = static_cast<std::int64_t>(samples_.size());
    const std::int64_t hop = recipe().hop_samples, window = recipe().window_samples;
    std::int64_t count = held < window ? 0 : 1 + (held - window) / hop;
    if (!ended_) count -= count % kFramesPerStep;
    if (count == 0) return false;
    const auto bands = static_cast<std::size_t>(recipe().mel_bands);
    rows_.resize(rows_.size() + static_cast<std::size_t>(count) * bands);
    float* rows = rows_.data() + rows_.size() - static_cast<std::size_t>(count) * bands;
    log_mel_.frames(samples_.data(), window + (count - 1) * hop, rows);
    const std::int64_t first = frames_end();
    for (std::int64_t i = 0; i < count; ++i) {
      const std::int64_t of_waveform = std::max<std::int64_t>(0, sample_count() - (first + i) * hop);
      energies_.push_back(energy_of(hops_.data() + i * hop, std::min(hop, of_waveform)));
    }
    hops_.erase(hops_.begin(), hops_.begin() + std::min(static_cast<std::int64_t>(hops_.size()), count * hop));
    samples_.erase(samples_.begin(), samples_.begin() + std::min(held, count * hop));
    return true;
  }

  void give_from(std::int64_t frame, std::int64_t count) {
    Patch patch{rows_.data() + (frame - first_frame_) * recipe().mel_bands, count};
    if (const int row = recipe().row_frames; row > 0) {
      levels_.clear();
      for (std::int64_t i = 0; i < recipe().rows_of_patch(count); ++i) {
        levels_.push_back(level_of(energy_from(frame + i * row, row), seen_from(frame + i * row, row)));
      }
      patch.row_levels_dbfs = levels_.data();
      if (patch_count() > 0) patch.rows_before = (end_of_last_patch() - frame) / row;
    }
    give(patch, energy_from(frame, count), seen_from(frame, count));
  }

  double energy_from(std::int64_t frame, std::int64_t count) const {
    double energy = 0;
    for (std::int64_t i = 0; i < count; ++i) energy += energies_[static_cast<std::size_t>(frame - first_frame_ + i)];
    return energy;
  }
  std::int64_t seen_from(std::int64_t frame, std::int64_t count) const {
    return std::min(count * recipe().hop_samples, sample_count() - frame * recipe().hop_samples);
  }

  /// Frames before the next patch, but for those that a patch at the end may take.
  void forget() {
    const std::int64_t next = std::min(patch_count() * hop_frames(), used_end() - recipe().patch_frames);
    const std::int64_t count = std::max<std::int64_t>(0, next - first_frame_);
    rows_.erase(rows_.begin(), rows_.begin() + count * recipe().mel_bands);
    energies_.erase(energies_.begin(), energies_.begin() + count);
    first_frame_ += count;
  }

  std::vector<float> samples_;  // from the start of the frame that comes next
  std::vector<float> hops_;     // the waveform itself from the hop of that frame on
  std::optional<float> last_;   // sample of the waveform
  std::vector<float> rows_;     // of the frames from first_frame_ on
  std::vector<double> energies_;
  std::vector<float> levels_;  // of a patch's rows
  std::int64_t first_frame_ = 0;
  bool begun_ = false, ended_ = false;
};

}  // namespace

std::unique_ptr<PatchCutter> centered_cutter(LogMel& log_mel, PatchStream::Consumer consume, int patch_hop_frames) {
  return std::make_unique<CenteredCutter>(log_mel, std::move(consume), patch_hop_frames);
}

}  // namespace soundfold::frontend

// SPDX-License-Identifier: Apache-2.0
#include "audit/audio_facts.h"

#include "containers/sound_bytes.h"
#include "decoding/decoder.h"
#include "support/errors.h"

#include <kiss_fftr.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <vector>

namespace soundfold::audit {
namespace {

constexpr int kFftSamples = 2048;
constexpr double kSpectrumSeconds = 60;
constexpr double kFullScale = 0.891;  // -1 dBFS
constexpr double kQuietPower = 1e-8;  // -80 dBFS
constexpr double kLeastPower = 1e-9;  // -90 dBFS: what rounding to 16 bits leaves, and some more
constexpr double kSmallShare = 1e-6;  // -60 dB

/// Mean power of each frequency, of stretches one behind the other.
class Spectrum {
 public:
  Spectrum() : plan_(kiss_fftr_alloc(kFftSamples, 0, nullptr, nullptr), kiss_fftr_free), power_(kFftSamples / 2 + 1) {
    for (int i = 0; i < kFftSamples; ++i) {
      window_.push_back(static_cast<float>(0.5 - 0.5 * std::cos(2 * 3.14159265358979323846 * i / kFftSamples)));
    }
  }

  void add(float sample) {
    waiting_.push_back(sample);
    if (waiting_.size() == kFftSamples) transform();
  }

  /// A clip shorter than a stretch is padded.
  void finish() {
    if (stretches_ > 0 || waiting_.empty()) return;
    waiting_.resize(kFftSamples);
    transform();
  }

  /// See AudioFacts::highest_hz.
  double highest_hz(int sample_rate_hz) const {
    // A Hann window passes 3/8 of the power; a transform of n samples gives n / 2 of it on each side.
    const double scale = 1 / (0.375 * 0.5 * kFftSamples * kFftSamples * std::max<double>(1, stretches_));
    double whole = 0, above = 0;
    for (const double power : power_) whole += power * scale;
    const double most = std::max(whole * kSmallShare, std::min(kLeastPower, whole * 1e-3));
    for (std::size_t k = power_.size(); k-- > 0;) {
      above += power_[k] * scale;
      if (above > most) return static_cast<double>(k) * sample_rate_hz / kFftSamples;
    }
    return 0;
  }

 private:
  void transform() {
    for (std::size_t i = 0; i < waiting_.size(); ++i) waiting_[i] *= window_[i];
    kiss_fft_cpx bins[kFftSamples / 2 + 1];
    kiss_fftr(plan_.get(), waiting_.data(), bins);
    for (std::size_t k = 0; k < power_.size(); ++k) {
      power_[k] += static_cast<double>(bins[k].r * bins[k].r + bins[k].i * bins[k].i);
    }
    ++stretches_;
    waiting_.clear();
  }

  std::unique_ptr<kiss_fftr_state, void (*)(void*)> plan_;
  std::vector<float> window_, waiting_;
  std::vector<double> power_;
  std::int64_t stretches_ = 0;
};

/// Counts samples at the ends of the range. The peak is known at the end only, so runs at the largest magnitude so far
/// are counted, from new whenever that grows.
class Clipping {
 public:
  void add(float value) {
    const float size = std::abs(value);
    if (size > peak_ * 1.0001F) {
      peak_ = size;
      clipped_ = 0;
      run_ = 1;
      last_ = value;
      return;
    }
    const bool same = size >= peak_ * 0.9999F && value * last_ > 0;
    run_ = size < peak_ * 0.9999F ? 0 : same ? run_ + 1 : 1;
    last_ = value;
    if (run_ == 3) clipped_ += 3;
    if (run_ > 3) ++clipped_;
  }
  double peak() const { return static_cast<double>(peak_); }
  std::int64_t clipped() const { return peak_ >= static_cast<float>(kFullScale) ? clipped_ : 0; }

 private:
  float peak_ = 0, last_ = 0;
  std::int64_t clipped_ = 0, run_ = 0;
};

/// What is summed over the blocks of one file.
class Sums {
 public:
  explicit Sums(const decoding::SoundInfo& info)
      : rate_(info.sample_rate_hz), stretch_(std::max(1, info.sample_rate_hz / 100)) {}

  void add(const decoding::Block& block) {
    const auto channels = static_cast<std::size_t>(block.channels);
    if (clipping_.size() < channels) clipping_.resize(channels);
    seconds_ += static_cast<double>(block.frames) / block.sample_rate_hz;
    for (std::size_t frame = 0; frame < block.frames; ++frame) {
      float mean = 0;
      for (std::size_t c = 0; c < channels; ++c) {
        const float value = block.values[frame * channels + c];
        clipping_[c].add(value);
        mean += value;
      }
      add_sample(mean / static_cast<float>(channels));
    }
    values_ += static_cast<std::int64_t>(block.frames * channels);
  }

  void finish(AudioFacts& facts) {
    spectrum_.finish();
    if (samples_ == 0) return;
    if (stretches_ == 0) end_stretch();
    const double power = squares_ / static_cast<double>(samples_);
    facts.seconds = seconds_;
    facts.level_dbfs = std::max(-200.0, 10 * std::log10(std::max(power, 1e-20)));
    facts.dc_offset = sum_ / static_cast<double>(samples_);
    facts.quiet = static_cast<double>(quiet_) / static_cast<double>(std::max<std::int64_t>(1, stretches_));
    std::int64_t clipped = 0;
    for (const auto& channel : clipping_) {
      facts.peak = std::max(facts.peak, channel.peak());
      clipped += channel.clipped();
    }
    facts.clipped = static_cast<double>(clipped) / static_cast<double>(values_);
    facts.highest_hz = spectrum_.highest_hz(rate_);
  }

 private:
  void add_sample(float sample) {
    const auto value = static_cast<double>(sample);
    sum_ += value;
    squares_ += value * value;
    stretch_squares_ += value * value;
    if (++samples_ % stretch_ == 0) end_stretch();
    if (static_cast<double>(samples_) <= kSpectrumSeconds * rate_) spectrum_.add(sample);
  }

  void end_stretch() {
    ++stretches_;
    if (stretch_squares_ / static_cast<double>(stretch_) < kQuietPower) ++quiet_;
    stretch_squares_ = 0;
  }

  int rate_;
  std::int64_t stretch_;
  Spectrum spectrum_;
  std::vector<Clipping> clipping_;
  double seconds_ = 0, sum_ = 0, squares_ = 0, stretch_squares_ = 0;
  std::int64_t samples_ = 0, values_ = 0, stretches_ = 0, quiet_ = 0;
};

}  // namespace

AudioFacts audio_facts(const std::filesystem::path& path) {
  AudioFacts facts;
  try {
    containers::SoundBytes bytes(path);
    const auto decoder = decoding::open_decoder(bytes, path.string());
    const auto info = decoder->info();
    facts.format = info.format;
    facts.sample_rate_hz = info.sample_rate_hz;
    facts.channels = info.channels;
    Sums sums(info);
    for (auto block = decoder->read(); block.frames > 0; block = decoder->read()) sums.add(block);
    sums.finish(facts);
  } catch (const DataError& error) {
    facts.problem = error.what();
  }
  return facts;
}

}  // namespace soundfold::audit

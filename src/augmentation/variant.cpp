// SPDX-License-Identifier: Apache-2.0
#include "augmentation/variant.h"

#include "augmentation/transforms.h"
#include "support/errors.h"
#include "support/hashing.h"
#include "support/random.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <sstream>

namespace soundfold::augmentation {
namespace {

constexpr std::size_t kMostNoiseSeconds = std::size_t{2} * 3600;

/// Numbers from 0 to below 1, the same on every platform.
class Draws {
 public:
  explicit Draws(const std::string& text)
      : generator_(std::stoull(hash_bytes(HashKind::xxh3_128, text).substr(0, 16), nullptr, 16)) {}
  double next() { return unit_interval(generator_()); }
  /// From -limit to limit.
  double around_zero(double limit) { return (2 * next() - 1) * limit; }

 private:
  std::mt19937_64 generator_;
};

std::size_t part_of(std::size_t count, double share) {
  return std::min(count, static_cast<std::size_t>(share * static_cast<double>(count)));
}

}  // namespace

Noises load_noises(const std::vector<std::filesystem::path>& files, const audio::DecodeOptions& decoding) {
  if (files.empty()) throw UsageError("augmentation.noise_folder: holds no sound file");
  Noises noises;
  Hasher hasher(HashKind::xxh3_128);
  hasher.update(audio::decode_recipe(decoding));
  std::size_t samples = 0;
  for (const auto& file : files) {
    hasher.update(hash_file(HashKind::xxh3_128, file));
    noises.waveforms.push_back(audio::load_waveform(file, decoding));
    samples += noises.waveforms.back().size();
    if (samples > kMostNoiseSeconds * static_cast<std::size_t>(decoding.sample_rate_hz)) {
      throw UsageError(
          "augmentation.noise_folder: holds more than two hours of sound; give fewer or shorter recordings");
    }
  }
  noises.digest = hasher.hex_digest();
  return noises;
}

Variant::Variant(const VariantOptions& options, std::int64_t index, std::shared_ptr<const Noises> noises)
    : options_(options), index_(index), noises_(std::move(noises)) {}

std::string Variant::text() const {
  std::ostringstream text;
  text.precision(17);
  text << "waveform v1: seed " << options_.seed << ", index " << index_ << ", speed " << options_.speed_percent
       << " %, turn " << options_.shift_s << " s, gain " << options_.gain_db << " dB, gap " << options_.time_mask_s
       << " s, noise ";
  if (noises_) {
    text << noises_->digest << " at " << options_.noise_snr_db_min << " to " << options_.noise_snr_db_max << " dB";
  } else {
    text << "none";
  }
  return text.str();
}

double Variant::chance(const std::string& audio_digest) const {
  return Draws("chance " + std::to_string(options_.seed) + " " + audio_digest + " " + std::to_string(index_)).next();
}

std::vector<float> Variant::apply(std::vector<float> waveform, const std::string& audio_digest) const {
  Draws draws(std::to_string(options_.seed) + " " + audio_digest + " " + std::to_string(index_));
  // Every number is drawn, used or not, so that each keeps its place.
  const double speed = 1 + draws.around_zero(options_.speed_percent / 100);
  const double drawn_shift_s = draws.around_zero(options_.shift_s);
  const double which_noise = draws.next(), noise_offset = draws.next(), noise_snr = draws.next();
  const double gain_db = draws.around_zero(options_.gain_db);
  const double gap_s = draws.next() * options_.time_mask_s, gap_place = draws.next();

  if (options_.speed_percent > 0) waveform = with_speed(std::move(waveform), speed);
  if (options_.shift_s > 0)
    waveform = circular_shift(std::move(waveform), std::llround(drawn_shift_s * options_.sample_rate_hz));
  if (noises_ && !noises_->waveforms.empty()) {
    const auto& noise = noises_->waveforms[part_of(noises_->waveforms.size(), which_noise)];
    const double snr_db =
        options_.noise_snr_db_min + noise_snr * (options_.noise_snr_db_max - options_.noise_snr_db_min);
    waveform = with_noise(std::move(waveform), noise, part_of(noise.size(), noise_offset), snr_db);
  }
  if (options_.gain_db > 0) waveform = with_gain(std::move(waveform), gain_db);
  if (options_.time_mask_s > 0) {
    const auto length = std::min(waveform.size(), static_cast<std::size_t>(gap_s * options_.sample_rate_hz));
    const auto place = part_of(waveform.size() - length, gap_place);
    waveform = with_gap(std::move(waveform), place, length);
  }
  return waveform;
}

}  // namespace soundfold::augmentation

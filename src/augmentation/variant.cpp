// SPDX-License-Identifier: Apache-2.0
#include "augmentation/variant.h"

#include "augmentation/filters.h"
#include "augmentation/masks.h"
#include "augmentation/pitch.h"
#include "augmentation/room_response.h"
#include "augmentation/transforms.h"
#include "support/hashing.h"
#include "support/random.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <sstream>

namespace soundfold::augmentation {
namespace {

constexpr double kShortestRt60_s = 0.1;
constexpr double kLeastDirectDb = 0, kMostDirectDb = 15;  ///< direct to reverberant energy
/// Corners of filters, below half of any sample rate by this factor.
constexpr double kHighestCorner = 0.45;

/// Numbers from 0 to below 1, the same on every platform.
class Draws {
 public:
  explicit Draws(const std::string& text)
      : generator_(std::stoull(hash_bytes(HashKind::xxh3_128, text).substr(0, 16), nullptr, 16)) {}
  double next() { return unit_interval(generator_()); }
  /// From -limit to limit.
  double around_zero(double limit) { return (2 * next() - 1) * limit; }
  double between(double low, double high) { return low + next() * (high - low); }
  /// Evenly in the logarithm.
  double ratio_between(double low, double high) { return low * std::pow(high / low, next()); }
  /// From 0 to `limit`, both included.
  std::int64_t count(std::int64_t limit) {
    return std::min(limit, static_cast<std::int64_t>(next() * static_cast<double>(limit + 1)));
  }
  std::uint64_t bits() { return generator_(); }

 private:
  std::mt19937_64 generator_;
};

std::size_t part_of(std::size_t count, double share) {
  return std::min(count, static_cast<std::size_t>(share * static_cast<double>(count)));
}

}  // namespace

Variant::Variant(const VariantOptions& options, std::int64_t index, std::shared_ptr<const Recordings> noises,
                 std::shared_ptr<const Recordings> rooms)
    : options_(options),
      index_(index),
      noises_(std::move(noises)),
      rooms_(std::move(rooms)),
      pitch_library_(options.pitch_semitones > 0 ? pitch_library() : "") {}

std::string Variant::text() const {
  const auto& o = options_;
  std::ostringstream text;
  text.precision(17);
  text << "waveform v1: seed " << o.seed << ", index " << index_ << ", speed " << o.speed_percent << " %, turn "
       << o.shift_s << " s, gain " << o.gain_db << " dB, gap " << o.time_mask_s << " s, noise ";
  if (noises_) {
    text << noises_->digest << " at " << o.noise_snr_db_min << " to " << o.noise_snr_db_max << " dB";
  } else {
    text << "none";
  }
  // What came later is named where it is used: variants stored before it keep their keys.
  if (o.pitch_semitones > 0) text << ", pitch " << o.pitch_semitones << " semitones by " << pitch_library_;
  if (rooms_) text << ", rooms " << rooms_->digest;
  if (o.room_rt60_s > 0) text << ", room " << o.room_rt60_s << " s";
  if (o.filter_db > 0) text << ", filters " << o.filter_db << " dB";
  if (o.band_pass_share > 0) text << ", band-pass " << o.band_pass_share;
  if (masks_patches()) text << ", masks " << o.mask_bands << " bands " << o.mask_frames << " frames";
  return text.str();
}

std::string Variant::name_of(const std::string& audio_digest) const {
  return std::to_string(options_.seed) + " " + audio_digest + " " + std::to_string(index_);
}

double Variant::chance(const std::string& audio_digest) const {
  return Draws("chance " + name_of(audio_digest)).next();
}

std::vector<float> Variant::apply(std::vector<float> waveform, const std::string& audio_digest) const {
  const auto name = name_of(audio_digest);
  Draws draws(name);
  // Every number is drawn, used or not, so that each keeps its place.
  const double speed = 1 + draws.around_zero(options_.speed_percent / 100);
  const double drawn_shift_s = draws.around_zero(options_.shift_s);
  const double which_noise = draws.next(), noise_offset = draws.next(), noise_snr = draws.next();
  const double gain_db = draws.around_zero(options_.gain_db);
  const double gap_s = draws.next() * options_.time_mask_s, gap_place = draws.next();

  if (options_.speed_percent > 0) waveform = with_speed(std::move(waveform), speed);
  if (options_.pitch_semitones > 0) waveform = with_pitch_changed(std::move(waveform), name);
  if (options_.shift_s > 0) {
    waveform = circular_shift(std::move(waveform), std::llround(drawn_shift_s * options_.input.sample_rate_hz));
  }
  waveform = in_some_room(std::move(waveform), name);
  if (noises_ && !noises_->waveforms.empty()) {
    const auto& noise = noises_->waveforms[part_of(noises_->waveforms.size(), which_noise)];
    const double snr_db =
        options_.noise_snr_db_min + noise_snr * (options_.noise_snr_db_max - options_.noise_snr_db_min);
    waveform = with_noise(std::move(waveform), noise, part_of(noise.size(), noise_offset), snr_db);
  }
  waveform = with_filters(std::move(waveform), name);
  if (options_.gain_db > 0) waveform = with_gain(std::move(waveform), gain_db);
  if (options_.time_mask_s > 0) {
    const auto length = std::min(waveform.size(), static_cast<std::size_t>(gap_s * options_.input.sample_rate_hz));
    const auto place = part_of(waveform.size() - length, gap_place);
    waveform = with_gap(std::move(waveform), place, length);
  }
  return waveform;
}

std::vector<float> Variant::with_pitch_changed(std::vector<float> waveform, const std::string& name) const {
  const double semitones = Draws("pitch " + name).around_zero(options_.pitch_semitones);
  return with_pitch(std::move(waveform), semitones, options_.input.sample_rate_hz);
}

std::vector<float> Variant::in_some_room(std::vector<float> waveform, const std::string& name) const {
  const int rate_hz = options_.input.sample_rate_hz;
  Draws draws("room " + name);
  if (rooms_ && !rooms_->waveforms.empty()) {
    const auto& response = rooms_->waveforms[part_of(rooms_->waveforms.size(), draws.next())];
    waveform = in_room(std::move(waveform), from_direct_sound(response, rate_hz));
  }
  if (options_.room_rt60_s <= 0) return waveform;
  const double longest = options_.room_rt60_s;
  const double rt60_s = draws.ratio_between(std::min(kShortestRt60_s, longest), longest);
  const double direct_db = draws.between(kLeastDirectDb, kMostDirectDb);
  return in_room(std::move(waveform), decaying_noise(rt60_s, direct_db, rate_hz, draws.bits()));
}

std::vector<float> Variant::with_filters(std::vector<float> waveform, const std::string& name) const {
  const double rate_hz = options_.input.sample_rate_hz;
  const auto corner = [&](Draws& draws, double low, double high) {
    return std::min(draws.ratio_between(low, high), kHighestCorner * rate_hz);
  };
  std::vector<Biquad> filters;
  if (options_.filter_db > 0) {
    Draws draws("filters " + name);
    const double low_hz = corner(draws, 80, 400), low_db = draws.around_zero(options_.filter_db);
    filters.push_back(low_shelf(low_hz, low_db, rate_hz));
    const double peak_hz = corner(draws, 400, 2000), q = draws.ratio_between(0.5, 2);
    filters.push_back(peak(peak_hz, q, draws.around_zero(options_.filter_db), rate_hz));
    const double high_hz = corner(draws, 2000, 6000), high_db = draws.around_zero(options_.filter_db);
    filters.push_back(high_shelf(high_hz, high_db, rate_hz));
  }
  Draws draws("band-pass " + name);
  if (draws.next() < options_.band_pass_share) {
    filters.push_back(high_pass(corner(draws, 100, 600), rate_hz));
    filters.push_back(low_pass(corner(draws, 2000, 6000), rate_hz));
  }
  for (const auto& filter : filters) waveform = filtered(std::move(waveform), filter);
  return waveform;
}

void Variant::mask_patch(float* patch, std::int64_t frame_count, std::int64_t number,
                         const std::string& audio_digest) const {
  if (!masks_patches()) return;
  Draws draws("mask " + std::to_string(number) + " " + name_of(audio_digest));
  Mask mask;
  mask.band_count = std::min<std::int64_t>(draws.count(options_.mask_bands), options_.input.mel_bands);
  mask.first_band = draws.count(options_.input.mel_bands - mask.band_count);
  mask.frame_count = std::min(draws.count(options_.mask_frames), frame_count);
  mask.first_frame = draws.count(frame_count - mask.frame_count);
  fill_mask(patch, frame_count, options_.input, mask);
}

}  // namespace soundfold::augmentation

// SPDX-License-Identifier: Apache-2.0
#include "extraction/clip_waveform.h"

#include "support/errors.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

namespace soundfold::extraction {
namespace {

/// Thrown through the decoder when the rest of a file is not needed.
struct Enough {};

using frontend::SampleRange;

/// Those that windows see, at the rate that is decoded to.
SampleRange samples_seen(const frontend::PatchRange& patches, int patch_hop_frames, const frontend::InputRecipe& input,
                         int rate_hz) {
  const std::int64_t hop = input.patch_hop_samples(patch_hop_frames);
  const auto at_rate = [&](std::int64_t samples) {
    return input.sample_rate_hz == rate_hz ? samples : samples * rate_hz / input.sample_rate_hz;
  };
  const std::int64_t begin = patches.first * hop;
  return {at_rate(begin), at_rate(begin + (patches.count - 1) * hop + input.patch_window_samples())};
}

}  // namespace

bool embeds_stretches(const frontend::InputRecipe& input) {
  return input.has_short_patches();
}

ClipFile file_of(const std::string& id, const std::filesystem::path& path,
                 const std::optional<frontend::Stretch>& stretch, const frontend::InputRecipe& input) {
  return {id, path, nullptr, embeds_stretches(input) ? stretch : std::nullopt};
}

ExtractedClip clip_of(const ExtractedClip& extracted, const std::optional<frontend::Stretch>& stretch,
                      const frontend::InputRecipe& input, const ExtractionOptions& options) {
  ExtractedClip clip = extracted;
  if (!stretch || clip.key.empty() || embeds_stretches(input)) return clip;
  const auto range = frontend::patches_of(*stretch, extracted.patch_count, options.patch_hop_frames, input);
  clip.first_patch = range.first;
  clip.patch_count = range.count;
  return clip;
}

std::vector<float> clip_waveform(const std::filesystem::path& path, const std::optional<frontend::Stretch>& stretch,
                                 const audio::DecodeOptions& options, const frontend::InputRecipe& input,
                                 int patch_hop_frames, audio::DecodeReport* report) {
  if (!stretch) return audio::load_waveform(path, options, report);
  const bool own_samples = embeds_stretches(input);
  const auto range_among = [&](std::int64_t patch_count) {
    if (own_samples) return frontend::samples_of(*stretch, options.sample_rate_hz);
    const auto patches = frontend::patches_of(*stretch, patch_count, patch_hop_frames, input);
    return samples_seen(patches, patch_hop_frames, input, options.sample_rate_hz);
  };
  // How many patches the recording has is known at its end only; where that matters, the stretch has an earlier one.
  SampleRange range = range_among(std::numeric_limits<std::int32_t>::max());
  const std::int64_t margin =
      own_samples ? 0
                  : samples_seen({0, 2}, patch_hop_frames, input, options.sample_rate_hz).end;  // a window and a hop
  const std::int64_t kept_from = std::max<std::int64_t>(0, range.begin - margin);
  std::vector<float> kept;
  std::int64_t position = 0;
  const auto keep = [&](const float* samples, std::size_t count) {
    const auto skipped = std::clamp<std::int64_t>(kept_from - position, 0, static_cast<std::int64_t>(count));
    kept.insert(kept.end(), samples + skipped, samples + count);
    position += static_cast<std::int64_t>(count);
    if (position >= range.end) throw Enough{};
  };
  try {
    audio::stream_waveform(path, keep, options, report);
    const std::int64_t total = position * input.sample_rate_hz / options.sample_rate_hz;
    range = range_among(frontend::patch_count(total, patch_hop_frames, input));
  } catch (const Enough&) {
  }
  if (position <= kept_from) throw behind_the_end(path, *stretch);
  const auto begin = std::clamp(range.begin, kept_from, position) - kept_from;
  const auto end = std::clamp(range.end, kept_from, position) - kept_from;
  return {kept.begin() + begin, kept.begin() + end};
}

DataError behind_the_end(const std::filesystem::path& path, const frontend::Stretch& stretch) {
  return DataError(path.string() + frontend::fragment_text(stretch) +
                   ": begins behind the recording's end; correct its label file");
}

}  // namespace soundfold::extraction

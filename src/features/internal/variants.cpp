// SPDX-License-Identifier: Apache-2.0
#include "features/internal/variants.h"

#include "extraction/clip_list.h"
#include "support/errors.h"
#include "support/logging.h"

#include <filesystem>

namespace soundfold::features {
namespace {

std::shared_ptr<const augmentation::Recordings> recordings_in(const std::string& key, const std::string& folder,
                                                              const config::Experiment& experiment,
                                                              const frontend::InputRecipe& input) {
  if (folder.empty()) return nullptr;
  if (!std::filesystem::is_directory(folder)) throw UsageError(key + ": no folder " + folder);
  std::vector<std::filesystem::path> files;
  for (const auto& listed : extraction::list_clips({folder})) files.push_back(listed.clip.path);
  return std::make_shared<const augmentation::Recordings>(
      augmentation::load_recordings(key, files, splits::decode_options(experiment.data, input.sample_rate_hz)));
}

}  // namespace

augmentation::VariantOptions variant_options(const config::Experiment& experiment, const frontend::InputRecipe& input) {
  const auto& given = experiment.augmentation;
  augmentation::VariantOptions options;
  options.seed = experiment.seed;
  options.gain_db = given.gain_db;
  options.shift_s = given.shift_s;
  options.speed_percent = given.speed_percent;
  options.noise_snr_db_min = given.noise_snr_db_min;
  options.noise_snr_db_max = given.noise_snr_db_max;
  options.time_mask_s = given.time_mask_s;
  options.pitch_semitones = given.pitch_semitones;
  options.room_rt60_s = given.room_rt60_s;
  options.filter_db = given.filter_db;
  options.band_pass_share = given.band_pass_share;
  options.mask_bands = given.mask_bands;
  options.mask_frames = given.mask_frames;
  options.input = input;
  return options;
}

std::shared_ptr<const augmentation::Recordings> variant_noises(const config::Experiment& experiment,
                                                               const frontend::InputRecipe& input) {
  return recordings_in("augmentation.noise_folder", experiment.augmentation.noise_folder, experiment, input);
}

std::shared_ptr<const augmentation::Recordings> variant_rooms(const config::Experiment& experiment,
                                                              const frontend::InputRecipe& input) {
  return recordings_in("augmentation.room_folder", experiment.augmentation.room_folder, experiment, input);
}

std::vector<std::shared_ptr<const extraction::WaveformTransform>> make_variants(const config::Experiment& experiment,
                                                                                const frontend::InputRecipe& input) {
  const auto& given = experiment.augmentation;
  std::vector<std::shared_ptr<const extraction::WaveformTransform>> transforms;
  if (given.waveform_variants == 0) return transforms;
  const auto options = variant_options(experiment, input);
  const auto noises = variant_noises(experiment, input), rooms = variant_rooms(experiment, input);
  for (std::int64_t index = 1; index <= given.waveform_variants; ++index) {
    const auto variant = std::make_shared<const augmentation::Variant>(options, index, noises, rooms);
    const auto transform = std::make_shared<extraction::WaveformTransform>();
    transform->text = variant->text();
    transform->apply = [variant](std::vector<float> waveform, const std::string& audio_digest) {
      return variant->apply(std::move(waveform), audio_digest);
    };
    if (variant->masks_patches()) {
      transform->change_patch = [variant](float* patch, std::int64_t frame_count, std::int64_t number,
                                          const std::string& audio_digest) {
        variant->mask_patch(patch, frame_count, number, audio_digest);
      };
    }
    transforms.push_back(transform);
  }
  return transforms;
}

EmbeddedVariants extract_variants(const config::Experiment& experiment, const splits::SplitData& data,
                                  engines::Backbone& backbone, store::Store& store,
                                  const extraction::ExtractionOptions& options) {
  const auto transforms = make_variants(experiment, backbone.input());
  if (transforms.empty()) return {};
  const auto& clips = data.dataset->clips;
  std::vector<extraction::ClipFile> files;
  for (std::size_t variant = 0; variant < transforms.size(); ++variant) {
    for (const auto clip : data.splits.train) {
      files.push_back({clips[clip].id + " (variant " + std::to_string(variant + 1) + ")", clips[clip].path,
                       transforms[variant], clips[clip].stretch});
    }
  }
  EmbeddedVariants variants;
  variants.report = extraction::extract(files, backbone, store, options);
  logger().info("waveform variants: {}", variants.report.summary());
  variants.clips.resize(transforms.size());
  std::size_t next = 0;
  for (auto& variant : variants.clips) {
    variant.resize(clips.size());
    for (const auto clip : data.splits.train) variant[clip] = variants.report.clips[next++];
  }
  return variants;
}

}  // namespace soundfold::features

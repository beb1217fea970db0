// SPDX-License-Identifier: Apache-2.0
#include "features/fresh_features.h"

#include "audio/waveform.h"
#include "augmentation/transforms.h"
#include "augmentation/variant.h"
#include "device/parallel.h"
#include "extraction/clip_waveform.h"
#include "features/internal/extraction_backbone.h"
#include "features/internal/variants.h"
#include "frontend/log_mel.h"
#include "frontend/patch_stream.h"
#include "splits/prepare_data.h"
#include "support/errors.h"
#include "support/hashing.h"
#include "support/interrupt.h"

#include <algorithm>
#include <map>
#include <optional>
#include <unordered_map>

namespace soundfold::features {
namespace {

/// Clips that one worker takes at a time.
constexpr std::size_t kGroup = 8;

/// One training clip and where its windows lie in the set.
struct TrainingClip {
  std::string id;
  std::filesystem::path path;
  std::optional<frontend::Stretch> stretch;
  std::string file_digest;
  std::string audio_digest;  ///< what draws go by: of the stretch, where there is one
  std::int64_t first_frame = 0, frame_count = 0;
};

std::vector<TrainingClip> clips_of(const PreparedFeatures& prepared) {
  std::unordered_map<std::string, const dataset::Clip*> clip_of;
  for (const auto& clip : prepared.data.dataset->clips) clip_of[clip.id] = &clip;
  std::map<std::filesystem::path, std::string> digests;  // a recording may have thousands of stretches
  const auto& train = prepared.sets.train;
  const auto* first = train.first_frame.data_ptr<std::int64_t>();
  std::vector<TrainingClip> clips;
  for (std::size_t clip = 0; clip < train.clip_ids.size(); ++clip) {
    const auto& id = train.clip_ids[clip];
    const auto& path = clip_of.at(id)->path;
    const auto& stretch = clip_of.at(id)->stretch;
    auto& digest = digests[path];
    if (digest.empty()) digest = hash_file(HashKind::xxh3_128, path);
    clips.push_back({id, path, stretch, digest, extraction::stretch_digest(digest, stretch), first[clip],
                     first[clip + 1] - first[clip]});
  }
  return clips;
}

class FeatureRefresher {
 public:
  FeatureRefresher(const config::Experiment& experiment, const PreparedFeatures& prepared, int threads)
      : experiment_(experiment),
        source_(prepared.origin->fresh.value()),
        stored_(prepared.sets.train.features),
        threads_(threads),
        clips_(clips_of(prepared)) {}

  torch::Tensor features_of_epoch(std::int64_t epoch) {
    const augmentation::Variant variant(variant_options(experiment_, source_.backbone->input()), epoch, source_.noises,
                                        source_.rooms);
    std::vector<const TrainingClip*> chosen;
    for (const auto& clip : clips_) {
      if (variant.chance(clip.audio_digest) < experiment_.augmentation.fresh_share) chosen.push_back(&clip);
    }
    auto features = stored_.clone();
    run_parallel((chosen.size() + kGroup - 1) / kGroup, threads_, [&](std::size_t group) {
      const auto backbone = source_.backbone->share();
      for (auto i = group * kGroup; i < std::min(chosen.size(), (group + 1) * kGroup); ++i) {
        throw_if_interrupted("stopped while augmenting clips");
        const auto& clip = *chosen[i];
        features.narrow(0, clip.first_frame, clip.frame_count).copy_(inputs_of(clip, variant, *backbone));
      }
    });
    return features;
  }

 private:
  /// Patches of an augmented clip; all have as many frames.
  struct FreshPatches {
    torch::Tensor log_mel;                  ///< [P, frames * bands]
    std::vector<std::int64_t> rows_before;  ///< [P] (frontend::Patch)
  };
  FreshPatches patches_of(const TrainingClip& clip, const augmentation::Variant& variant,
                          const frontend::InputRecipe& input) const {
    const auto changed = [&] {
      return DataError("clip '" + clip.id + "': " + clip.path.string() + " has changed since training started; start " +
                       "the training again");
    };
    if (hash_file(HashKind::xxh3_128, clip.path) != clip.file_digest) throw changed();
    audio::DecodeReport report;  // of what the extraction warned of before
    const auto decoding = splits::decode_options(experiment_.data, input.sample_rate_hz);
    auto waveform = extraction::clip_waveform(clip.path, clip.stretch, decoding, input,
                                              static_cast<int>(experiment_.backbone.patch_hop_frames), &report);
    const auto samples = waveform.size();
    waveform = augmentation::fitted(variant.apply(std::move(waveform), clip.audio_digest), samples);
    std::vector<float> values;
    std::vector<std::int64_t> rows_before;
    frontend::LogMel log_mel(input);
    frontend::PatchStream stream(
        log_mel,
        [&](const frontend::Patch& patch) {
          const auto first = values.insert(values.end(), patch.log_mel, patch.log_mel + patch.frames * input.mel_bands);
          variant.mask_patch(&*first, patch.frames, static_cast<std::int64_t>(rows_before.size()), clip.audio_digest);
          rows_before.push_back(patch.rows_before);
        },
        static_cast<int>(experiment_.backbone.patch_hop_frames));
    stream.push(waveform.data(), waveform.size());
    const auto count = stream.finish();
    const auto rows =
        frontend::row_count(stream.sample_count(), static_cast<int>(experiment_.backbone.patch_hop_frames), input);
    if (rows != clip.frame_count) throw changed();  // since its embeddings were stored
    return {torch::tensor(values).reshape({count, -1}), rows_before};
  }

  /// The head's inputs for the augmented clip, [rows, D].
  torch::Tensor inputs_of(const TrainingClip& clip, const augmentation::Variant& variant,
                          engines::Backbone& backbone) const {
    const auto patches = patches_of(clip, variant, backbone.input());
    const auto count = patches.log_mel.size(0), frames = patches.log_mel.size(1) / backbone.input().mel_bands;
    const auto rows = backbone.input().rows_of_patch(frames);
    std::vector<float> embeddings(static_cast<std::size_t>(count * rows * backbone.embedding_size()));
    std::vector<float> scores(static_cast<std::size_t>(count * rows * backbone.class_count()));
    backbone.run_frames(patches.log_mel.data_ptr<float>(), count, frames, embeddings.data(), scores.data());
    const auto fresh = [&](std::vector<float>& values) {
      frontend::keep_fresh_rows(values, patches.rows_before, rows);
      return torch::tensor(values).reshape({clip.frame_count, -1});
    };
    const auto values = record_values(experiment_);
    if (values == config::HeadInput::both) return torch::cat({fresh(embeddings), fresh(scores)}, 1);
    return fresh(values == config::HeadInput::scores ? scores : embeddings);
  }

  config::Experiment experiment_;
  FreshSource source_;
  torch::Tensor stored_;  ///< the features of all recordings as they are
  int threads_;
  std::vector<TrainingClip> clips_;
};

}  // namespace

std::function<torch::Tensor(std::int64_t epoch)> fresh_features(const config::Experiment& experiment,
                                                                const PreparedFeatures& prepared, int threads) {
  if (experiment.augmentation.fresh_share <= 0) return nullptr;
  const auto refresher = std::make_shared<FeatureRefresher>(experiment, prepared, threads);
  return [refresher](std::int64_t epoch) { return refresher->features_of_epoch(epoch); };
}

}  // namespace soundfold::features

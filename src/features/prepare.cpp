// SPDX-License-Identifier: Apache-2.0
#include "features/prepare.h"

#include "features/feature_settings.h"
#include "features/internal/gather.h"
#include "features/internal/known_classes.h"
#include "features/internal/variants.h"
#include "features/trained_backbone.h"
#include "splits/prepare_data.h"
#include "store/store.h"
#include "support/errors.h"
#include "support/logging.h"
#include "yamnet/module.h"

#include <algorithm>

namespace soundfold::features {
namespace {

/// The clips of any split, ascending.
std::vector<std::size_t> used_clips(const splits::Splits& splits) {
  std::vector<std::size_t> used(splits.train);
  used.insert(used.end(), splits.validation.begin(), splits.validation.end());
  used.insert(used.end(), splits.test.begin(), splits.test.end());
  std::sort(used.begin(), used.end());
  return used;
}

extraction::ExtractionOptions extraction_options(const config::Experiment& experiment) {
  extraction::ExtractionOptions options;
  options.patch_hop_frames = static_cast<int>(experiment.backbone.patch_hop_frames);
  options.channels = splits::decode_options(experiment.data).channels;
  options.threads = static_cast<int>(experiment.run.threads);
  options.skip_bad_clips = experiment.data.on_bad_clip == "skip";
  options.max_bad_clips = experiment.data.max_bad_clips;
  return options;
}

/// Spreads the report, which is over the used clips, to one entry per clip of the data set.
void place_results(const std::vector<std::size_t>& used, PreparedFeatures& prepared) {
  prepared.clips.resize(prepared.data.clips.size());
  for (std::size_t i = 0; i < used.size(); ++i) {
    const auto& clip = prepared.extraction.clips[i];
    prepared.clips[used[i]] = clip;
    if (!clip.problem.empty()) prepared.skipped.push_back(prepared.data.clips[used[i]].id + ": " + clip.problem);
  }
}

void drop_bad_clips(std::vector<std::size_t>& split, const std::vector<extraction::ExtractedClip>& clips) {
  const auto bad = [&](std::size_t clip) { return clips[clip].key.empty(); };
  split.erase(std::remove_if(split.begin(), split.end(), bad), split.end());
}

/// Number of the network's own class for silence; -1 when it has none.
std::int64_t silence_class_of(const engines::Backbone& backbone) {
  const auto& names = backbone.class_names();
  const auto found = std::find(names.begin(), names.end(), "Silence");
  return found == names.end() ? -1 : found - names.begin();
}

/// What a frame of the head's input is made of.
std::vector<std::int64_t> input_parts(const config::Experiment& experiment, const engines::Backbone& backbone) {
  if (trains_backbone(experiment) || experiment.head.input == "scores") return {};
  auto parts = backbone.embedding_parts();
  if (experiment.head.input == "both") parts.push_back(backbone.class_count());
  return parts;
}

/// What the backbone knows of the experiment's classes.
std::optional<heads::KnownClasses> find_known_classes(const config::Experiment& experiment,
                                                      const std::vector<std::string>& backbone_classes,
                                                      const std::vector<std::string>& own_classes) {
  if (experiment.head.known_classes.empty()) return std::nullopt;
  const auto pairs = read_known_classes(experiment.head.known_classes, own_classes, backbone_classes);
  const auto weights = yamnet::weights_from_file(experiment.backbone.weights);
  auto known =
      known_class_rows(pairs, own_classes, backbone_classes, weights.classifier_kernel, weights.classifier_bias);
  spdlog::info("known classes: the backbone knows {} of the {} classes", known.mapped.sum().item<std::int64_t>(),
               own_classes.size());
  return known;
}

/// The training set: the recorded clips and their variants, silent frames treated as the configuration says.
void make_training_set(const config::Experiment& experiment, engines::Backbone& backbone, store::Store& store,
                       PreparedFeatures& prepared) {
  const auto& indices = prepared.splits.train;
  const bool measures = experiment.silence.frames != "keep";
  const auto measured = [&](const std::vector<extraction::ExtractedClip>& clips) {
    return silence_of_frames(indices, clips, store, experiment.silence, silence_class_of(backbone));
  };
  std::vector<torch::Tensor> silence;
  prepared.train = prepared.recorded_train;
  if (measures) silence.push_back(measured(prepared.clips));
  for (const auto& variant : extract_variants(experiment, backbone, store, extraction_options(experiment), prepared)) {
    prepared.train = heads::joined(prepared.train,
                                   gather_features(prepared.data, indices, variant, store, record_values(experiment)));
    if (measures) silence.push_back(measured(variant));
  }
  if (!measures) return;
  prepared.silent = treat_silent_frames(prepared.train, torch::cat(silence), experiment.silence);
  spdlog::info("silence: {}", prepared.silent.text());
}

}  // namespace

std::string record_values(const config::Experiment& experiment) {
  return trains_backbone(experiment) ? "embeddings" : experiment.head.input;
}

PreparedFeatures prepare_features(const config::Experiment& given, const torch::Device& device) {
  const auto experiment = feature_settings(given);
  PreparedFeatures prepared;
  {
    splits::PreparedData data = splits::prepare_data(experiment);
    prepared.data = std::move(data.data);
    prepared.splits = std::move(data.splits);
  }
  splits::check_negatives(prepared.data, prepared.splits);
  const std::shared_ptr<engines::Backbone> backbone = extraction_backbone(experiment, device, prepared);
  prepared.compute = backbone->compute_type();
  prepared.embedding_size = backbone->embedding_size();
  prepared.score_count = backbone->class_count();
  prepared.input_parts = input_parts(experiment, *backbone);
  prepared.known_classes = find_known_classes(experiment, prepared.backbone_classes, prepared.data.class_names);

  if (experiment.augmentation.fresh_share > 0) prepared.fresh = FreshSource{backbone, variant_noises(experiment)};

  store::Store store(experiment.store.folder);
  const auto used = used_clips(prepared.splits);
  std::vector<extraction::ClipFile> files;
  files.reserve(used.size());
  for (const auto clip : used) files.push_back({prepared.data.clips[clip].id, prepared.data.clips[clip].path});
  prepared.extraction = extraction::extract(files, *backbone, store, extraction_options(experiment));
  spdlog::info("embeddings: {}", prepared.extraction.summary());
  place_results(used, prepared);

  if (prepared.extraction.bad > 0) {
    for (auto* split : {&prepared.splits.train, &prepared.splits.validation, &prepared.splits.test}) {
      drop_bad_clips(*split, prepared.clips);
    }
    splits::check_splits(prepared.data, prepared.splits);
    splits::check_negatives(prepared.data, prepared.splits);
  }
  const auto gather = [&](const std::vector<std::size_t>& split) {
    return gather_features(prepared.data, split, prepared.clips, store, record_values(experiment));
  };
  prepared.recorded_train = gather(prepared.splits.train);
  make_training_set(experiment, *backbone, store, prepared);
  prepared.validation = gather(prepared.splits.validation);
  prepared.test = gather(prepared.splits.test);
  return prepared;
}

}  // namespace soundfold::features

// SPDX-License-Identifier: Apache-2.0
#include "features/prepare.h"

#include "extraction/clip_waveform.h"
#include "features/feature_settings.h"
#include "features/internal/extraction_backbone.h"
#include "features/internal/gather.h"
#include "features/internal/known_classes.h"
#include "features/internal/store_frames.h"
#include "features/internal/variants.h"
#include "heads/head.h"
#include "network/outputs.h"
#include "splits/prepare_data.h"
#include "splits/split_checks.h"
#include "store/store.h"
#include "support/errors.h"
#include "support/logging.h"
#include "support/processor.h"
#include "text/text.h"
#include "yamnet/module.h"
#include "yamnet/module_file.h"

#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>
#include <utility>

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
  options.channels = experiment.data.channels;
  options.threads = static_cast<int>(experiment.run.threads);
  options.skip_bad_clips = experiment.data.on_bad_clip == config::BadClips::skip;
  options.max_bad_clips = experiment.data.max_bad_clips;
  return options;
}

/// The name of a clip's file: that of the clip, without the times of a stretch.
std::string file_name_of(const dataset::Clip& clip) {
  return clip.stretch ? clip.id.substr(0, clip.id.rfind('#')) : clip.id;
}

/// Makes sure that the clips of the splits are in the store.
EmbeddedClips embed_clips(const config::Experiment& experiment, const splits::SplitData& data,
                          engines::Backbone& backbone, store::Store& store) {
  const auto& clips = data.dataset->clips;
  std::vector<extraction::ClipFile> files;
  std::map<std::filesystem::path, std::size_t> recordings;  // one is embedded once, whatever is taken from it
  std::vector<std::size_t> file_of(clips.size());
  const auto used = used_clips(data.splits);
  for (const auto clip : used) {
    const auto& path = clips[clip].path;
    auto file = extraction::file_of(file_name_of(clips[clip]), path, clips[clip].stretch, backbone.input());
    const auto known = file.stretch ? recordings.end() : recordings.emplace(path, files.size()).first;
    file_of[clip] = known == recordings.end() ? files.size() : known->second;
    if (file_of[clip] == files.size()) files.push_back(std::move(file));
  }
  const auto options = extraction_options(experiment);
  const auto report = extraction::extract(files, backbone, store, options);
  logger().info("embeddings: {}", report.summary());
  EmbeddedClips embedded;
  embedded.totals = report;
  embedded.records.resize(clips.size());
  for (const auto clip : used) {
    const auto& record = report.clips[file_of[clip]];
    embedded.records[clip] = extraction::clip_of(record, clips[clip].stretch, backbone.input(), options);
    if (!record.problem.empty()) embedded.skipped.push_back(clips[clip].id + ": " + record.problem);
  }
  return embedded;
}

/// The splits without bad clips, checked.
splits::Splits good_clips(const splits::SplitData& data, const std::vector<extraction::ExtractedClip>& records) {
  auto good = data.splits;
  const auto bad = [&](std::size_t clip) { return records[clip].key.empty(); };
  for (auto* split : {&good.train, &good.validation, &good.test}) {
    split->erase(std::remove_if(split->begin(), split->end(), bad), split->end());
  }
  splits::check_splits(*data.dataset, good);
  splits::check_negatives(*data.dataset, good);
  return good;
}

/// What a window of the head's input is made of.
std::vector<std::int64_t> input_parts(const config::Experiment& experiment, const engines::Backbone& backbone) {
  if (trains_backbone(experiment) || experiment.head.input == config::HeadInput::scores) return {};
  auto parts = backbone.embedding_parts();
  if (experiment.head.input == config::HeadInput::both) parts.push_back(backbone.class_count());
  return parts;
}

/// What the backbone knows of the experiment's classes.
std::optional<heads::KnownClasses> find_known_classes(const config::Experiment& experiment,
                                                      const std::vector<std::string>& backbone_classes,
                                                      const std::vector<std::string>& own_classes) {
  if (experiment.head.known_classes.empty()) return std::nullopt;
  const auto pairs = known_pairs(experiment.head.known_classes, own_classes, backbone_classes);
  const auto weights = yamnet::weights_from_file(experiment.backbone.weights);
  if (weights.network.mobilenet) {
    throw UsageError(
        "head.known_classes: of a MobileNet nothing is taken over yet, whose classifier is not linear in the "
        "embedding; "
        "leave it out, or try head.append: backbone");
  }
  auto known = with_norm_folded(
      known_class_rows(pairs, own_classes, backbone_classes, weights.classifier_kernel, weights.classifier_bias),
      weights);
  logger().info("known classes: the backbone knows {} of the {} classes", known.mapped.sum().item<std::int64_t>(),
                own_classes.size());
  return known;
}

BackboneInfo backbone_info(const config::Experiment& experiment, const ExtractionBackbone& network,
                           const std::vector<std::string>& own_classes) {
  BackboneInfo info;
  info.weights_digest = network.weights_digest;
  info.class_names = network.class_names;
  info.compute = network.backbone->compute_type();
  info.input = network.backbone->input();
  info.input_parts = input_parts(experiment, *network.backbone);
  info.known_classes = find_known_classes(experiment, network.class_names, own_classes);
  info.tail = network.tail;
  return info;
}

/// What a head is trained on, and what was done to it.
struct TrainingSet {
  heads::FeatureSet features;
  SilentWindows silent;
};

std::uint64_t most_feature_bytes(const config::Experiment& experiment) {
  const double mb = experiment.run.feature_memory_mb;
  return mb > 0 ? static_cast<std::uint64_t>(mb * (1 << 20)) : usable_memory_bytes() / 2;
}

/// What of the experiment needs all features in memory; empty when nothing does.
std::string needs_memory(const config::Experiment& experiment) {
  if (trains_backbone(experiment)) return "backbone.train: " + name_of(experiment.backbone.train);
  return experiment.augmentation.fresh_share > 0 ? "augmentation.fresh_share" : "";
}

/// The way to features that stay in the store; null when those of `windows` windows fit into memory.
std::shared_ptr<StoreFrames> make_stream(const config::Experiment& experiment, std::int64_t windows,
                                         const engines::Backbone& backbone, std::shared_ptr<const store::Store> store,
                                         std::uint64_t most_bytes) {
  const auto values = record_values(experiment);
  const auto width = heads::input_size(values, backbone.embedding_size(), backbone.class_count());
  const auto bytes = static_cast<double>(windows * width) * sizeof(float);
  if (bytes <= static_cast<double>(most_bytes)) return nullptr;
  const auto mb = [](double number) { return fixed(number / (1 << 20), number < (1 << 20) ? 3 : 0) + " MB"; };
  const auto need = "features of " + grouped(windows) + " windows need " + mb(bytes) +
                    ", run.feature_memory_mb allows " + mb(static_cast<double>(most_bytes));
  if (const auto what = needs_memory(experiment); what.empty()) {
    logger().info("{}: they are read from the store batch by batch", need);
  } else if (experiment.run.feature_memory_mb > 0) {
    throw UsageError(what + " keeps all features in memory: " + need + "; raise it, or do without " + what);
  } else {
    logger().warn("{}, and {} keeps them in memory", need, what);
    return nullptr;
  }
  return std::make_shared<StoreFrames>(std::move(store), values, width, most_bytes);
}

std::int64_t windows_of(const std::vector<extraction::ExtractedClip>& clips) {
  std::int64_t windows = 0;
  for (const auto& clip : clips) {
    if (!clip.key.empty()) windows += clip.patch_count;
  }
  return windows;
}

/// Gathers clips from the store, one entry of `records` for each clip of the data set.
using Gather = std::function<heads::FeatureSet(const std::vector<std::size_t>& clips,
                                               const std::vector<extraction::ExtractedClip>& records)>;

/// The recorded clips and their variants, silent windows treated as the configuration says.
TrainingSet make_training_set(const config::Experiment& experiment, const std::vector<std::size_t>& clips,
                              const EmbeddedVariants& variants, const std::vector<extraction::ExtractedClip>& records,
                              const heads::FeatureSet& recorded, const Gather& gather, const store::Store& store,
                              std::optional<std::size_t> silence_class) {
  const bool measures = experiment.silence.windows != config::SilentUse::keep;
  const auto measured = [&](const std::vector<extraction::ExtractedClip>& of) {
    return silence_of_windows(clips, of, store, experiment.silence, silence_class);
  };
  TrainingSet set;
  set.features = recorded;
  std::vector<torch::Tensor> silence;
  if (measures) silence.push_back(measured(records));
  for (const auto& variant : variants.clips) {
    set.features = heads::joined(set.features, gather(clips, variant));
    if (measures) silence.push_back(measured(variant));
  }
  if (!measures) return set;
  set.silent = treat_silent_windows(set.features, torch::cat(silence), experiment.silence);
  logger().info("silence: {}", set.silent.text());
  return set;
}

}  // namespace

PreparedFeatures prepare_features(const config::Experiment& given, const torch::Device& device) {
  const auto experiment = feature_settings(given);
  auto data = splits::prepare_data(experiment);
  splits::check_negatives(*data.dataset, data.splits);
  const auto network = extraction_backbone(experiment, device);
  Origin origin;
  origin.backbone = backbone_info(experiment, network, data.dataset->class_names);
  if (experiment.augmentation.fresh_share > 0) {
    const auto& input = network.backbone->input();
    origin.fresh = FreshSource{network.backbone, variant_noises(experiment, input), variant_rooms(experiment, input)};
  }
  const auto store = std::make_shared<store::Store>(experiment.store.folder);
  origin.embedded = embed_clips(experiment, data, *network.backbone, *store);
  const auto& records = origin.embedded.records;
  if (origin.embedded.totals.bad > 0) data.splits = good_clips(data, records);
  auto variants = extract_variants(experiment, data, *network.backbone, *store, extraction_options(experiment));

  origin.most_feature_bytes = most_feature_bytes(experiment);
  const auto stream = make_stream(experiment, windows_of(records) + windows_of(variants.report.clips),
                                  *network.backbone, store, origin.most_feature_bytes);
  const Gather gather = [&](const auto& clips, const auto& of) {
    return gather_features(*data.dataset, clips, of, *store, record_values(experiment), stream.get());
  };
  FeatureSets sets;
  const auto& splits = data.splits;
  sets.recorded_train = gather(splits.train, records);
  auto training = make_training_set(experiment, splits.train, variants, records, sets.recorded_train, gather, *store,
                                    network::silence_class(network.backbone->class_names()));
  sets.train = std::move(training.features);
  origin.variants = std::move(variants.report);
  origin.silent = std::move(training.silent);
  sets.validation = gather(splits.validation, records);
  sets.test = gather(splits.test, records);
  return {std::move(data), std::make_shared<const Origin>(std::move(origin)), std::move(sets)};
}

}  // namespace soundfold::features

// SPDX-License-Identifier: Apache-2.0
#include "features/trained_backbone.h"

#include "device/device.h"
#include "finetuning/cut_backbone.h"
#include "finetuning/network_tail.h"
#include "support/logging.h"
#include "training/network.h"
#include "yamnet/load_backbone.h"

#include <filesystem>
#include <utility>

namespace soundfold::features {
namespace {

engines::BackboneOptions backbone_options(const config::Experiment& experiment, const torch::Device& device) {
  engines::BackboneOptions options;
  options.engine = experiment.backbone.engine;
  options.precision = experiment.backbone.precision;
  options.device = device.str();
  options.taps = experiment.backbone.taps;
  return options;
}

/// The device of the extraction.
torch::Device backbone_device(const config::Experiment& experiment, const torch::Device& run_device) {
  return experiment.backbone.device == "same" ? run_device : choose_device(experiment.backbone.device);
}

std::string blocks_text(std::int64_t first, std::int64_t last) {
  return first == last ? "block " + std::to_string(last)
                       : "blocks " + std::to_string(first) + " to " + std::to_string(last);
}

}  // namespace

bool trains_backbone(const config::Experiment& experiment) {
  return experiment.backbone.train != "none";
}

ExtractionBackbone extraction_backbone(const config::Experiment& experiment, const torch::Device& run_device) {
  const auto device = backbone_device(experiment, run_device);
  const std::filesystem::path file = experiment.backbone.weights;
  if (!trains_backbone(experiment)) {
    const std::shared_ptr<engines::Backbone> backbone =
        yamnet::load_backbone(file, backbone_options(experiment, device));
    return {backbone, backbone->weights_digest(), backbone->class_names(), std::nullopt};
  }
  const auto digest = yamnet::load_module(file, torch::kCPU).weights_digest;
  finetuning::TailStart tail;
  tail.weights = std::make_shared<const weights::Weights>(yamnet::weights_from_file(file));
  const auto all = finetuning::block_count(*tail.weights);
  const auto& settings = experiment.backbone;
  tail.first_block = 1 + all - finetuning::trained_blocks(settings.train, settings.train_blocks, *tail.weights);
  tail.input = experiment.head.input;
  spdlog::info("backbone: {} of {} are trained, {}", blocks_text(tail.first_block, all), all,
               tail.first_block == 1 ? "from the log-mel patches on" : "those before are frozen and cached");
  return {finetuning::cut_backbone(*tail.weights, digest, tail.first_block, device.str()), digest,
          tail.weights->class_names, tail};
}

PreparedFeatures head_view(const PreparedFeatures& prepared, const training::Outcome& outcome,
                           const torch::Device& device) {
  if (!outcome.tail) return prepared;
  auto tail = outcome.tail;
  tail->to(device);
  auto sets = prepared.sets;
  sets.validation = training::head_features(tail, sets.validation);
  sets.test = training::head_features(tail, sets.test);
  if (sets.test.empty()) sets.recorded_train = training::head_features(tail, sets.recorded_train);
  tail->to(torch::kCPU);
  return {prepared.data, prepared.origin, std::move(sets)};
}

yamnet::LoadedModule backbone_for_export(const config::Experiment& experiment, const training::Outcome& outcome) {
  const auto hop = static_cast<int>(experiment.backbone.patch_hop_frames);
  yamnet::LoadedModule loaded;
  if (!outcome.tail) {
    const auto& taps = experiment.backbone.taps;
    if (!taps.empty()) return yamnet::tapped_module(yamnet::weights_from_file(experiment.backbone.weights), hop, taps);
    loaded = yamnet::load_module(experiment.backbone.weights, torch::kCPU);
    // The model must cut patches as the training data were cut, whatever the imported file's own step is.
    loaded.module.setattr("patch_hop_frames", experiment.backbone.patch_hop_frames);
    loaded.patch_hop_frames = hop;
    return loaded;
  }
  auto tail = outcome.tail;
  auto weights = *tail->start().weights;
  tail->blocks()->copy_to(weights);
  weights.quantization.reset();  // it belongs to the imported values
  weights.source += "; " + blocks_text(tail->start().first_block, finetuning::block_count(weights)) + " trained by " +
                    experiment.name;
  loaded.module = yamnet::build_module(weights, hop);
  loaded.weights_digest = yamnet::tensors_digest(loaded.module);
  loaded.source = weights.source;
  loaded.class_names = weights.class_names;
  loaded.embedding_size = weights.embedding_size();
  loaded.activation = weights.activation;
  loaded.patch_hop_frames = hop;
  return loaded;
}

nlohmann::json backbone_training_json(const config::Experiment& experiment, const BackboneInfo& backbone) {
  if (!backbone.tail) return nullptr;
  const auto& settings = experiment.backbone;
  const auto all = finetuning::block_count(*backbone.tail->weights);
  return {{"train", settings.train},
          {"blocks", 1 + all - backbone.tail->first_block},
          {"of", all},
          {"started_from", backbone.weights_digest},
          {"learning_rate", settings.learning_rate},
          {"warmup_epochs", settings.warmup_epochs},
          {"weight_decay", settings.weight_decay},
          {"layer_decay", settings.layer_decay}};
}

}  // namespace soundfold::features

// SPDX-License-Identifier: Apache-2.0
#include "features/trained_backbone.h"

#include "device/device.h"
#include "finetuning/cut_backbone.h"
#include "finetuning/network_tail.h"
#include "support/logging.h"
#include "training/network.h"
#include "yamnet/load_backbone.h"

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

std::unique_ptr<engines::Backbone> extraction_backbone(const config::Experiment& experiment,
                                                       const torch::Device& run_device, PreparedFeatures& prepared) {
  const auto device = backbone_device(experiment, run_device);
  const std::filesystem::path file = experiment.backbone.weights;
  if (!trains_backbone(experiment)) {
    auto backbone = yamnet::load_backbone(file, backbone_options(experiment, device));
    prepared.weights_digest = backbone->weights_digest();
    prepared.backbone_classes = backbone->class_names();
    return backbone;
  }
  prepared.weights_digest = yamnet::load_module(file, torch::kCPU).weights_digest;
  finetuning::TailStart tail;
  tail.weights = std::make_shared<const weights::Weights>(yamnet::weights_from_file(file));
  const auto all = finetuning::block_count(*tail.weights);
  const auto& settings = experiment.backbone;
  tail.first_block = 1 + all - finetuning::trained_blocks(settings.train, settings.train_blocks, *tail.weights);
  tail.input = experiment.head.input;
  prepared.backbone_classes = tail.weights->class_names;
  spdlog::info("backbone: {} of {} are trained, {}", blocks_text(tail.first_block, all), all,
               tail.first_block == 1 ? "from the log-mel patches on" : "those before are frozen and cached");
  prepared.tail = tail;
  return finetuning::cut_backbone(*tail.weights, prepared.weights_digest, tail.first_block, device.str());
}

PreparedFeatures head_view(const PreparedFeatures& prepared, const training::Outcome& outcome,
                           const torch::Device& device) {
  auto seen = prepared;
  if (!outcome.tail) return seen;
  auto tail = outcome.tail;
  tail->to(device);
  seen.validation = training::head_features(tail, prepared.validation);
  seen.test = training::head_features(tail, prepared.test);
  if (seen.test.empty()) seen.recorded_train = training::head_features(tail, prepared.recorded_train);
  tail->to(torch::kCPU);
  return seen;
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

nlohmann::json backbone_training_json(const config::Experiment& experiment, const PreparedFeatures& prepared) {
  if (!prepared.tail) return nullptr;
  const auto& settings = experiment.backbone;
  const auto all = finetuning::block_count(*prepared.tail->weights);
  return {{"train", settings.train},
          {"blocks", 1 + all - prepared.tail->first_block},
          {"of", all},
          {"started_from", prepared.weights_digest},
          {"learning_rate", settings.learning_rate},
          {"warmup_epochs", settings.warmup_epochs},
          {"weight_decay", settings.weight_decay},
          {"layer_decay", settings.layer_decay}};
}

}  // namespace soundfold::features

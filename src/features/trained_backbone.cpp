// SPDX-License-Identifier: Apache-2.0
#include "features/trained_backbone.h"

#include "features/internal/extraction_backbone.h"
#include "finetuning/block_network.h"
#include "finetuning/network_tail.h"
#include "training/network.h"
#include "yamnet/module_file.h"

#include <utility>

namespace soundfold::features {

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
  loaded.network = weights.network;
  loaded.patch_hop_frames = hop;
  return loaded;
}

std::optional<weights::Quantization> quantization_for_export(const config::Experiment& experiment,
                                                             const training::Outcome& outcome) {
  if (outcome.tail) return std::nullopt;
  return yamnet::weights_from_file(experiment.backbone.weights).quantization;
}

nlohmann::json backbone_training_json(const config::Experiment& experiment, const BackboneInfo& backbone) {
  if (!backbone.tail) return nullptr;
  const auto& settings = experiment.backbone;
  const auto all = finetuning::block_count(*backbone.tail->weights);
  return {{"train", name_of(settings.train)},
          {"blocks", 1 + all - backbone.tail->first_block},
          {"of", all},
          {"started_from", backbone.weights_digest},
          {"learning_rate", settings.learning_rate},
          {"warmup_epochs", settings.warmup_epochs},
          {"weight_decay", settings.weight_decay},
          {"layer_decay", settings.layer_decay}};
}

}  // namespace soundfold::features

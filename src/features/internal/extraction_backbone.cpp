// SPDX-License-Identifier: Apache-2.0
#include "features/internal/extraction_backbone.h"

#include "device/device.h"
#include "engines/torchscript_engine.h"
#include "finetuning/block_network.h"
#include "finetuning/cut_backbone.h"
#include "support/logging.h"
#include "yamnet/load_backbone.h"
#include "yamnet/module.h"
#include "yamnet/module_file.h"

#include <filesystem>

namespace soundfold::features {
namespace {

engines::BackboneOptions backbone_options(const config::Experiment& experiment, const torch::Device& device) {
  engines::BackboneOptions options;
  options.engine = experiment.backbone.engine;
  options.precision = experiment.backbone.precision;
  options.device = engines::device_of(device);
  options.taps = experiment.backbone.taps;
  return options;
}

/// The device of the extraction.
torch::Device backbone_device(const config::Experiment& experiment, const torch::Device& run_device) {
  return experiment.backbone.device == "same" ? run_device : choose_device(experiment.backbone.device);
}

}  // namespace

bool trains_backbone(const config::Experiment& experiment) {
  return experiment.backbone.train != config::TrainedPart::none;
}

config::HeadInput record_values(const config::Experiment& experiment) {
  return trains_backbone(experiment) ? config::HeadInput::embeddings : experiment.head.input;
}

std::string blocks_text(std::int64_t first, std::int64_t last) {
  return first == last ? "block " + std::to_string(last)
                       : "blocks " + std::to_string(first) + " to " + std::to_string(last);
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
  logger().info("backbone: {} of {} are trained, {}", blocks_text(tail.first_block, all), all,
                tail.first_block == 1 ? "from the log-mel patches on" : "those before are frozen and cached");
  return {finetuning::cut_backbone(*tail.weights, digest, tail.first_block, device, settings.engine), digest,
          tail.weights->class_names, tail};
}

}  // namespace soundfold::features

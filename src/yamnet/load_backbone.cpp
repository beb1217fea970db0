// SPDX-License-Identifier: Apache-2.0
#include "yamnet/load_backbone.h"

#include "engines/compute_type.h"
#include "engines/onednn_engine.h"
#include "engines/torchscript_engine.h"
#include "support/errors.h"
#include "yamnet/module.h"
#include "yamnet/module_file.h"

namespace soundfold::yamnet {
namespace {

std::unique_ptr<engines::Backbone> load_onednn(const std::filesystem::path& weights,
                                               const engines::BackboneOptions& options) {
  std::string digest;
  weights::Weights values = weights_from_file(weights, &digest);
  if (!options.taps.empty()) {
    digest = tapped_module(values, values.network.input.patch_hop_frames, options.taps).weights_digest;
  }
  return engines::onednn_backbone(std::move(values), std::move(digest), options);
}

engines::ScriptedNetwork scripted_network(LoadedModule loaded) {
  return {loaded.module.attr("network").toModule(),
          loaded.network.input,
          std::move(loaded.weights_digest),
          std::move(loaded.class_names),
          loaded.embedding_size,
          std::move(loaded.embedding_parts)};
}

/// Why `auto` does not take oneDNN; empty when it does.
std::string reason_against_onednn(const engines::BackboneOptions& options) {
  if (!options.device.is_cpu()) return "the device is " + options.device.text();
  if (const auto reason = engines::onednn_unavailable_reason(); !reason.empty()) return reason;
  return engines::onednn_is_fast() ? "" : "oneDNN has no fast kernels for this processor";
}

}  // namespace

std::unique_ptr<engines::Backbone> load_backbone(const std::filesystem::path& weights,
                                                 const engines::BackboneOptions& options) {
  using engines::Engine;
  const engines::Precision precision = engines::settled(options.precision);
  if (options.threads < 0) throw UsageError("threads " + std::to_string(options.threads) + " is below 0");
  if (options.threads > 0) torch::set_num_threads(options.threads);

  if (options.engine == Engine::onednn) return load_onednn(weights, options);
  const std::string reason = options.engine == Engine::automatic ? reason_against_onednn(options) : "it was requested";
  if (reason.empty()) return load_onednn(weights, options);
  if (precision != engines::Precision::float32) {
    throw UsageError("precision " + name_of(precision) + " needs engine onednn, but the engine is torchscript (" +
                     reason + "); use float32");
  }
  const torch::Device device = engines::torch_device(options.device);
  if (options.taps.empty())
    return engines::torchscript_backbone(scripted_network(load_module(weights, device)), options);
  const auto values = weights_from_file(weights);
  auto tapped = tapped_module(values, values.network.input.patch_hop_frames, options.taps);
  tapped.module.to(device);
  return engines::torchscript_backbone(scripted_network(std::move(tapped)), options);
}

}  // namespace soundfold::yamnet

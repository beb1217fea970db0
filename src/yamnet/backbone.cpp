// SPDX-License-Identifier: Apache-2.0
#include "yamnet/backbone.h"

#include "frontend/recipe.h"
#include "support/errors.h"
#include "yamnet/module.h"
#include "yamnet/onednn_engine.h"
#include "yamnet/precision.h"
#include "yamnet/torchscript_engine.h"

namespace soundfold::yamnet {
namespace {

std::unique_ptr<Backbone> load_onednn(const std::filesystem::path& weights, const BackboneOptions& options) {
  std::string digest;
  Weights values = weights_from_file(weights, &digest);
  if (!options.taps.empty()) {
    digest = tapped_module(values, frontend::kPatchHopFrames, options.taps).weights_digest;
  }
  return onednn_backbone(std::move(values), std::move(digest), options);
}

/// Why `auto` does not take oneDNN; empty when it does.
std::string reason_against_onednn(const BackboneOptions& options) {
  if (options.device != "cpu") return "the device is " + options.device;
  if (const auto reason = onednn_unavailable_reason(); !reason.empty()) return reason;
  return onednn_is_fast() ? "" : "oneDNN has no fast kernels for this processor";
}

}  // namespace

/// One engine, one file; this is the only place that knows their names.
std::unique_ptr<Backbone> load_backbone(const std::filesystem::path& weights, const BackboneOptions& options) {
  if (options.engine != "auto" && options.engine != "onednn" && options.engine != "torchscript") {
    throw UsageError("engine '" + options.engine + "' is not one of auto, onednn, torchscript");
  }
  const Precision precision = precision_from_name(options.precision);
  if (options.threads < 0) throw UsageError("threads " + std::to_string(options.threads) + " is below 0");
  if (options.threads > 0) torch::set_num_threads(options.threads);

  if (options.engine == "onednn") return load_onednn(weights, options);
  const std::string reason = options.engine == "auto" ? reason_against_onednn(options) : "it was requested";
  if (reason.empty()) return load_onednn(weights, options);
  if (precision != Precision::float32) {
    throw UsageError("precision " + options.precision + " needs engine onednn, but the engine is torchscript (" +
                     reason + "); use float32");
  }
  const torch::Device device(options.device);
  if (options.taps.empty()) return torchscript_backbone(load_module(weights, device), options);
  auto tapped = tapped_module(weights_from_file(weights), frontend::kPatchHopFrames, options.taps);
  tapped.module.to(device);
  return torchscript_backbone(std::move(tapped), options);
}

}  // namespace soundfold::yamnet

#include "yamnet/backbone.h"

#include "support/errors.h"
#include "yamnet/module.h"
#include "yamnet/torchscript_engine.h"

namespace soundfold::yamnet {

/// One engine, one file; this is the only place that knows their names.
std::unique_ptr<Backbone> load_backbone(const std::filesystem::path& weights, const BackboneOptions& options) {
  if (options.engine != "auto" && options.engine != "torchscript") {
    throw UsageError("engine '" + options.engine + "' is not one of auto, torchscript");
  }
  if (options.precision != "float32") {
    throw UsageError("precision '" + options.precision + "' is not one of float32 (engine torchscript)");
  }
  if (options.threads < 0) throw UsageError("threads " + std::to_string(options.threads) + " is below 0");
  if (options.threads > 0) torch::set_num_threads(options.threads);
  return torchscript_backbone(load_module(weights, torch::Device(options.device)), options);
}

}  // namespace soundfold::yamnet

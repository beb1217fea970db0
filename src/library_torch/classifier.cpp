// SPDX-License-Identifier: Apache-2.0
#include "deploy/classifier.h"

#include "device/device.h"
#include "library/make_classifier.h"
#include "library_torch/internal/calls.h"
#include "runtime/classifier.h"

#include <soundfold/torchscript.h>

#include <utility>

namespace soundfold {
namespace {

const char* trusted_scores(ForeignModels models) {
  switch (models) {
    case ForeignModels::refuse:
      return "";
    case ForeignModels::logits:
      return "logits";
    case ForeignModels::probabilities:
      return "probabilities";
  }
  return "";
}

}  // namespace

Classifier load_torchscript_model(const std::filesystem::path& model, const TorchscriptOptions& options) {
  CallerFunctions none;
  return library_call(model.string() + ": loading failed", none, [&] {
    avoid_wrong_onednn();
    std::shared_ptr<runtime::Classifier> loaded =
        deploy::load_classifier(model, choose_device(options.device), trusted_scores(options.foreign_models));
    if (!options.silence_gate) loaded->disable_silence_gate();
    return ClassifierMaker::make(std::move(loaded));
  });
}

}  // namespace soundfold

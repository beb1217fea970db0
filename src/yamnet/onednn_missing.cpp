// SPDX-License-Identifier: Apache-2.0
#include "support/errors.h"
#include "yamnet/onednn_engine.h"

// What stands in for onednn_engine.cpp in a build without oneDNN.
namespace soundfold::yamnet {

std::string onednn_hindrance() {
  return "this Soundfold was built without oneDNN (install libdnnl-dev and build again)";
}

bool onednn_is_fast() {
  return false;
}

std::unique_ptr<Backbone> onednn_backbone(Weights, std::string, const BackboneOptions&) {
  throw UsageError("engine onednn: " + onednn_hindrance() + ", or use engine torchscript");
}

}  // namespace soundfold::yamnet

// SPDX-License-Identifier: Apache-2.0
#include "deploy/classifier.h"
#include "device/device.h"
#include "model_loading/load_model.h"
#include "runtime/load_classifier.h"
#include "runtime/model_file.h"
#include "support/errors.h"

namespace soundfold::model_loading {

std::unique_ptr<runtime::Classifier> load_model(const ModelRequest& request) {
  if (runtime::is_model_file(request.file)) {
    return runtime::load_classifier(request.file, engines::settled(request.precision));
  }
  if (engines::settled(request.precision) != engines::Precision::float32) {
    throw UsageError(request.file + ": precision " + name_of(request.precision) +
                     " is for a model.safetensors; LibTorch computes this model in float32");
  }
  return deploy::load_classifier(request.file, use_device(request.device), request.trusted_scores);
}

inspection::ModelDescription describe_model(const ModelRequest& request) {
  return inspection::describe_model(request.file);
}

void prepare_thread() {
  use_one_torch_thread();
}

}  // namespace soundfold::model_loading

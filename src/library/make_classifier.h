// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/classifier.h"

#include <soundfold/classifier.h>

#include <memory>

namespace soundfold {

/// Between the public class and a loaded model, whatever runs it. Libsoundfold_torch calls it across the border of the
/// libraries, which are of one version.
struct SOUNDFOLD_API ClassifierMaker {
  static Classifier make(std::shared_ptr<const runtime::Classifier> model);
  static const runtime::Classifier& model_of(const Classifier& classifier);
};

}  // namespace soundfold

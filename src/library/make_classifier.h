// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/classifier.h"

#include <soundfold/classifier.h>

#include <memory>
#include <string>

namespace soundfold {

/// Makes the public class of a loaded model, whatever runs it; `name` is its file, for messages. Libsoundfold_torch
/// calls it across the border of the libraries, which are of one version.
struct SOUNDFOLD_API ClassifierMaker {
  static Classifier make(std::shared_ptr<const runtime::Classifier> model, std::string name);
};

}  // namespace soundfold

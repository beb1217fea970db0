// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "deploy/classifier.h"

namespace soundfold::serving {

/// What the server classifies with. Several threads may have passes of one model on their way.
using Model = deploy::Classifier;
using Clip = deploy::Clip;
using Pass = deploy::Pass;
using Window = deploy::Window;

}  // namespace soundfold::serving

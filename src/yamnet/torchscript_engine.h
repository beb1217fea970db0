// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "yamnet/backbone.h"
#include "yamnet/module.h"

#include <memory>

namespace soundfold::yamnet {

/// The reference engine: the loaded module's network, frozen (batch norms folded into the convolutions) and, on the
/// CPU, laid out for oneDNN by LibTorch. float32 on any device.
std::unique_ptr<Backbone> torchscript_backbone(LoadedModule loaded, const BackboneOptions& options);

}  // namespace soundfold::yamnet

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engines/backbone.h"

#include <filesystem>
#include <memory>

namespace soundfold::yamnet {

/// Loads a yamnet.pt for `options`. Throws UsageError for a precision that the engine, the processor or the
/// weights do not allow, DataError for a bad file.
std::unique_ptr<engines::Backbone> load_backbone(const std::filesystem::path& weights,
                                                 const engines::BackboneOptions& options);

}  // namespace soundfold::yamnet

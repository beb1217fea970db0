// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "device/torch.h"
#include "runtime/classifier.h"

#include <filesystem>
#include <memory>
#include <string>

namespace soundfold::deploy {

/// A classifier that LibTorch runs: an exported model, a backbone itself (YAMNet: its 521 classes), or a foreign model,
/// distinguished by their metadata. `trusted_scores` as for load_model. Throws DataError when the file is none of
/// these, may not be loaded, or is damaged.
std::unique_ptr<runtime::Classifier> load_classifier(const std::filesystem::path& file, const torch::Device& device,
                                                     const std::string& trusted_scores);

}  // namespace soundfold::deploy

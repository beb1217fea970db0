// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "deploy/model.h"

#include <CLI/CLI.hpp>

#include <filesystem>
#include <string>

namespace soundfold::apps {

/// Declares --trust-foreign-model; `scores` becomes "logits", "probabilities" or stays empty.
void add_trust_option(CLI::App& app, std::string& scores);

/// Loads a model.pt of trainer's. A file without Soundfold's metadata is loaded only when `trusted_scores` (of
/// add_trust_option) is not empty, with a warning. Throws DataError: not to be loaded, missing, damaged.
deploy::Model load_model(const std::filesystem::path& file, const torch::Device& device,
                         const std::string& trusted_scores);

}  // namespace soundfold::apps

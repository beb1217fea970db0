// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "deploy/load_model.h"

#include <CLI/CLI.hpp>

#include <string>

namespace soundfold::apps {

/// Declares --trust-foreign-model; `scores` becomes "logits", "probabilities" or stays empty.
void add_trust_option(CLI::App& app, std::string& scores);

using deploy::load_model;

}  // namespace soundfold::apps

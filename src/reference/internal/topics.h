// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/options.h"

#include <string>
#include <vector>

namespace soundfold::reference {

/// Options that belong together.
struct Topic {
  std::string heading;  ///< one line
  std::vector<config::Option> options;
};

/// All options that the program of `defaults` reads, each in one topic: those that most experiments set, then by topic
/// in the order of the pages. No topic is empty. They are bound to `defaults`.
std::vector<Topic> topics_of(config::Experiment& defaults);

}  // namespace soundfold::reference

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runs/run_options.h"

#include <string>

namespace soundfold::protocols {

/// The summary that `trainer` prints at the end.
std::string summary_text(const runs::RunResult& result);

}  // namespace soundfold::protocols

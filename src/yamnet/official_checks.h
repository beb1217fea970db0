// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "device/torch.h"

#include <string>
#include <utility>
#include <vector>

namespace soundfold::yamnet {

/// One official expectation (yamnet_test.py): mean scores over patches, the expected class among the ten largest.
struct CheckResult {
  std::string signal;    ///< "silence", "sine 440 Hz", "white noise"
  std::string expected;  ///< "Silence", "Sine wave", "White noise"
  bool passed = false;
  std::vector<std::pair<std::string, float>> top;  ///< the ten best classes with mean scores
};

std::vector<CheckResult> run_official_checks(torch::jit::Module& module);

}  // namespace soundfold::yamnet

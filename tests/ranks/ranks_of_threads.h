// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ranks/join.h"

#include <functional>
#include <string>
#include <vector>

namespace soundfold::testing {

/// A port of the loopback that nothing listens on.
int free_port();

/// A meeting of ranks on such a port.
std::string loopback_meeting();

/// Runs `body` as every rank of `size`, each on a thread of its own, with LibTorch on one thread; waits for all. Gives
/// what ended each of them; empty where nothing did.
std::vector<std::string> run_ranks(int size, const std::string& meeting,
                                   const std::function<void(ranks::Group& group)>& body,
                                   const ranks::Patience& patience = {});

}  // namespace soundfold::testing
